import { type DType, isProgram, type Program, UnsupportedOpError } from "@throughtime/core";
import { IMAGES, PRIMITIVES } from "@throughtime/onnx";
import type { Device } from "./devices.js";

const images = Object.keys(IMAGES);

/** Ops for which ONNX Runtime has no kernel on some element types. */
const MISSING: Readonly<Record<string, readonly DType[]>> = {
  erf: ["f64"],
  ...Object.fromEntries(images.map((op) => [op, ["f64"] as const])),
};

/** Composites whose own kernels are faster, and as exact as what they lower to. */
const CLAIMED: Readonly<Record<Device, readonly string[]>> = {
  cpu: ["crossEntropy", "logSoftmax", "softmax", ...images],
  cuda: ["softmax"],
  webgpu: ["averagePool2d", "averagePool2dGradient", "conv2d", "conv2dInputGradient"],
  dml: [],
  coreml: [],
};

/** Whether a primitive, or a composite that is claimed, runs on an element type. */
export function supports(device: Device, op: string, dtype: DType): boolean {
  if (dtype === "f64" && device !== "cpu") return false;
  return (Object.hasOwn(PRIMITIVES, op) || CLAIMED[device].includes(op)) && !MISSING[op]?.includes(dtype);
}

/** Throws UnsupportedOpError naming each op and element type of a Program that cannot run. */
export function requireSupported(
  program: Program,
  supported: (op: string, dtype: DType) => boolean,
  device: string,
): void {
  const missing = new Set<string>();
  const visit = ({ equations }: Program): void => {
    for (const { op, inputs, outputs, params } of equations) {
      for (const { dtype } of [...inputs, ...outputs])
        if (!supported(op.name, dtype)) missing.add(`${op.name} on ${dtype}`);
      for (const value of Object.values(params)) if (isProgram(value)) visit(value);
    }
  };
  visit(program);
  // A Program may hand values on without computing anything.
  for (const { dtype } of [...program.inputs, ...program.outputs]) {
    if (!supported("identity", dtype)) missing.add(`values of ${dtype}`);
  }
  if (missing.size === 0) return;
  throw new UnsupportedOpError(
    `compile: ${device} cannot run ${[...missing].join(", ")}. Use another dtype, or backend-reference for this part.`,
    { ops: [...missing] },
  );
}
