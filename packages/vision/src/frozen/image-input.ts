import { DataError, OptionError, printable, quote } from "@throughtime/core";
import { extractModel, inspectModel, type ValueInfo, valueText } from "@throughtime/onnx";

/** The part of an ONNX model that makes the taps of pictures, and what it reads. */
export interface TappedModel {
  readonly bytes: Uint8Array;
  readonly input: ImageInput;
}

/** A model's input for pictures: [N, C, H, W] or [N, H, W, C]. */
export interface ImageInput {
  readonly name: string;
  /** Numbers are fixed sizes, texts are not. */
  readonly shape: readonly [number | string, number | string, number | string, number | string];
  readonly layout: "chw" | "hwc";
}

/** What ONNX Runtime is fed with. */
const READ = ["f32", "f16", "u8"];

/**
 * The model that makes the taps, and nothing else. Throws OptionError for a tap that there is not, with the names that there are; DataError
 * where the bytes are no ONNX model, its weights stand in other files, or it reads something else than one batch of pictures.
 */
export function tappedModel(op: string, model: Uint8Array, taps: readonly string[]): TappedModel {
  const bytes = parsed(op, () => extractModel(model, taps));
  const { inputs, weights } = parsed(op, () =>
    inspectModel({ size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }),
  );
  const outside = weights.find(({ external }) => external !== undefined);
  if (outside) {
    throw new DataError(
      `${op}: the model's weights stand in a file of their own (${quote(outside.external)}), which cannot be read with it. Save it as one file: onnx.save_model(onnx.load("in.onnx"), "out.onnx").`,
      { weight: outside.name },
    );
  }
  return { bytes, input: imageInput(op, inputs) };
}

function parsed<T>(op: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { name, message, details } = cause as Error & { details?: Readonly<Record<string, unknown>> };
    const why = message.replace(/^onnx: /, "");
    if (name === "OptionError") throw new OptionError(`${op}: ${why}`, details, { cause });
    if (name !== "DataError") throw cause;
    throw new DataError(`${op}: the model is no ONNX file that can be read: ${why}`, details, { cause });
  }
}

function imageInput(op: string, inputs: readonly ValueInfo[]): ImageInput {
  const [input] = inputs;
  const all = inputs.map((one) => `${printable(one.name)} ${valueText(one)}`).join(", ");
  const wrong = (why: string) =>
    new DataError(`${op}: the taps are made of ${printable(all, 400) || "no input"}; ${why}`, { inputs: all });
  if (input === undefined || inputs.length > 1) throw wrong("expected one input, for pictures.");
  const { shape, dtype, name } = input;
  if (!READ.includes(dtype)) throw wrong(`expected an input of ${READ.join(", ")}.`);
  if (shape?.length !== 4) throw wrong("expected pictures of [N, C, H, W] or [N, H, W, C].");
  const isColour = (size: number | string | undefined) => size === 1 || size === 3;
  const layout = !isColour(shape[1]) && isColour(shape[3]) ? "hwc" : "chw";
  return { name, shape: shape as unknown as ImageInput["shape"], layout };
}
