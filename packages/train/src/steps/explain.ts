import { ShapeError, type ThroughtimeError } from "@throughtime/core";
import { shapesText } from "../border.js";

/**
 * A ShapeError that also says what went into the loss: a batch beside a carry of another batch size shows there, and only
 * there. Other errors as they are.
 */
export function withInputs(error: unknown, when: string, batch: unknown, carry: unknown): unknown {
  const { name, message, details, stack } = error as ThroughtimeError;
  if (name !== "ShapeError") return error;
  const inputs = [shapesText("batch", batch), shapesText("carry", carry)].filter((text) => text !== "");
  const explained = new ShapeError(`${message} (${when}: ${inputs.join("; ")}.)`, details, { cause: error });
  // The line at fault is still the user's.
  explained.stack = stack?.replace(message, () => explained.message);
  return explained;
}
