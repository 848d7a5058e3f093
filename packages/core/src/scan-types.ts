import { type Dim, sameShape } from "./dim.js";
import { ShapeError } from "./errors.js";
import type { ScanParams } from "./scan.js";
import { type Type, typeText } from "./tensor.js";

/**
 * Holds a scan's operands and its body to each other: captures and carries have the body's types, xs have them with the
 * length in front, and the body returns carries of the types that it takes. What `scan` builds always is so; this catches
 * a pass that rearranges. Throws ShapeError.
 */
export function checkScan(inputs: readonly Type[], { body, captures, carries, length }: ScanParams): void {
  const state = captures + carries;
  if (inputs.length !== body.inputs.length) {
    throw new ShapeError(`scan: ${inputs.length} operands, but its body takes ${body.inputs.length}.`);
  }
  if (captures < 0 || carries < 0 || state > inputs.length || carries > body.outputs.length) {
    throw new ShapeError(
      `scan: ${captures} captures and ${carries} carries among ${inputs.length} operands and ${body.outputs.length} results.`,
    );
  }
  inputs.forEach((input, i) => {
    const type = body.inputs[i] as Type;
    check(i < state ? `operand ${i}` : `xs, operand ${i},`, input, i < state ? type : stacked(type, length));
  });
  for (let i = 0; i < carries; i++) {
    check(`the body's next carry ${i}`, body.outputs[i] as Type, body.inputs[captures + i] as Type);
  }
}

const stacked = ({ shape, dtype }: Type, length: Dim): Type => ({ shape: [length, ...shape], dtype });

function check(what: string, actual: Type, expected: Type): void {
  if (actual.dtype === expected.dtype && sameShape(actual.shape, expected.shape)) return;
  throw new ShapeError(`scan: ${what} is ${typeText(actual)}; its body expects ${typeText(expected)}.`, {
    expected: typeText(expected),
    received: typeText(actual),
  });
}
