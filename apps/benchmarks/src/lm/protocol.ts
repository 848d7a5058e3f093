// How `bench lm` talks with a peer: node lm-child.js <peer> <threads> or python lm.py <peer> <threads>. As in
// ../protocol.ts a JSON object a line, one request at a time, stdout for answers only; stderr is the user's to see.

/** The training that both peers do. */
export interface LmTask {
  readonly cell: "gru" | "lstm";
  /** H, and the embedding's size. */
  readonly H: number;
  readonly B: number;
  readonly T: number;
  readonly V: number;
  readonly epochs: number;
  /** AdamW with betas 0.9 and 0.999, epsilon 1e-8 and weight decay 0.01 on everything, as PyTorch's default is. */
  readonly learningRate: number;
  /** Half a cosine from 1 to 0 over all steps: step s, counted from 0, runs at (1 + cos(π·s / steps)) / 2. */
  readonly schedule: "cosine";
  /** The global norm that gradients are clipped to. */
  readonly clipNorm: number;
  readonly seed: number;
  /**
   * A safetensors file with the tokens: `train` and `validation`, i32 [n]. `train` is cut into B contiguous lanes of
   * ⌊(n − 1) / B⌋ tokens, read in windows of T with the state carried from one to the next and zero at an epoch's start;
   * what fills no window at the end is left out. `validation` is read as one stream, from a zero state.
   */
  readonly tokens: string;
  /** An own folder of the peer. After every epoch it leaves there what it needs to go on. */
  readonly folder: string;
}

export type LmRequest =
  /** Builds, or, where `folder` has a state, goes on from it. Answered with Opened. */
  | { readonly do: "open"; readonly task: LmTask }
  /** One epoch and the validation after it. Answered with EpochDone, after any number of EpochProgress. */
  | { readonly do: "epoch" }
  /** Not answered: the peer ends. */
  | { readonly do: "close" };

/** First, as in ../protocol.ts: { ready: true, device }. */
export interface Opened {
  /** Epochs that were done before. */
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/** Said now and then, about every second. */
export interface EpochProgress {
  readonly step: number;
  readonly loss: number;
}

export interface EpochDone {
  readonly epoch: number;
  /** The mean loss of the epoch's steps, nats. */
  readonly trainLoss: number;
  /** The mean over the validation text, nats per character. */
  readonly validation: number;
  /** Of the training steps alone, and of the validation. */
  readonly seconds: number;
  readonly validationSeconds: number;
}
