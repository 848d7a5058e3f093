import { CheckpointError, flattenTree, isNdArray } from "@throughtime/core";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type Json } from "@throughtime/train";
import type { Saved } from "./model-file.js";

export interface PackOptions {
  /** How numbers are stored: "f32" as they are (default), or rounded to "f16", which takes half of the place. Loaders read f32 of both. */
  readonly dtype?: "f32" | "f16";
}

export interface Packed {
  readonly bytes: Uint8Array;
  /** The largest difference that rounding made to a parameter, relative to the largest of its tensor. 0 for f32. */
  readonly rounding: number;
}

/**
 * A model file without the optimizer's and the carried state: for use, not to go on training. Throws OptionError for a parameter that
 * f16 does not hold, CheckpointError for a file that does not say what its model is.
 *
 * @example const { bytes } = await packModel(await openFile(await readFile("out/de-en/best.safetensors")), { dtype: "f16" });
 */
export async function packModel({ path, checkpoint }: Saved, { dtype = "f32" }: PackOptions = {}): Promise<Packed> {
  const { description } = checkpoint;
  if (typeof description !== "object" || description === null || Array.isArray(description)) {
    throw new CheckpointError(
      `${path}: it does not say what its model is, so nothing could open what would be packed.`,
    );
  }
  const packed = { ...description, packed: dtype } as Json;
  const model: Checkpoint = { ...checkpoint, description: packed, optimizer: {}, carry: {} };
  const bytes = await encodeCheckpoint(model, { f32As: dtype });
  return {
    bytes,
    rounding: dtype === "f32" ? 0 : roundingOf(checkpoint.params, (await decodeCheckpoint(bytes)).params),
  };
}

function roundingOf(params: unknown, rounded: unknown): number {
  const [exact, stored] = [params, rounded].map((tree) => flattenTree(tree, isNdArray).leaves);
  let most = 0;
  exact?.forEach(({ data }, k) => {
    const other = stored?.[k]?.data ?? [];
    let [largest, difference] = [0, 0];
    for (let i = 0; i < data.length; i++) {
      const value = data[i] as number;
      largest = Math.max(largest, Math.abs(value));
      difference = Math.max(difference, Math.abs(value - (other[i] as number)));
    }
    if (largest > 0) most = Math.max(most, difference / largest);
  });
  return most;
}
