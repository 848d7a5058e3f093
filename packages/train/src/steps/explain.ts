import { ArgumentError, ShapeError, type ThroughtimeError } from "@throughtime/core";
import { shapesText } from "../border.js";

const EXPLAINED = { ShapeError, ArgumentError };

/**
 * A ShapeError or an ArgumentError that also says what went into the loss: a batch beside a carry of another batch size, or
 * a key that the batch has under another name, shows there, and only there. Other errors as they are.
 */
export function withInputs(error: unknown, when: string, batch: unknown, carry: unknown): unknown {
  const { name, message, details, stack } = error as ThroughtimeError;
  if (name !== "ShapeError" && name !== "ArgumentError") return error;
  const inputs = [shapesText("batch", batch), shapesText("carry", carry)].filter((text) => text !== "");
  const explained = new EXPLAINED[name](`${message} (${when}: ${inputs.join("; ")}.)`, details, { cause: error });
  // The line at fault is still the user's.
  explained.stack = stack?.replace(message, () => explained.message);
  return explained;
}
