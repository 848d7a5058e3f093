import type { HostTree, LinearStateParams, StateLeaf } from "@throughtime/cells";
import type { Key, Tensor } from "@throughtime/core";

/** A layer for each leaf of the decoder's state, by its path; none where a bridge has no parameters. */
export type BridgeParams = LinearStateParams;

/** A bridge between two given states. Leaves are in the order in which the states' trees have them. */
export interface BuiltBridge {
  init(key: Key): HostTree<BridgeParams>;
  /** encoder: its last state's leaves; initial: the decoder's first state's, zeros. All [B, size] → the decoder's. */
  apply(params: BridgeParams, encoder: readonly Tensor[], initial: readonly Tensor[]): readonly Tensor[];
}

/** Makes the decoder's initial state from the encoder's last. `build` gets the structure of both, and throws OptionError where they do not fit. */
export interface Bridge {
  readonly name: string;
  build(encoder: readonly StateLeaf[], decoder: readonly StateLeaf[]): BuiltBridge;
}
