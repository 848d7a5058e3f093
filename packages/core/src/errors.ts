import { pointAtUser } from "./stack.js";

/**
 * The error family. Each message says the operation, what was expected, what was received, and what to do;
 * `details` carries the same as data; the stack begins at the user's line. Catch by `error.name`, which holds across
 * copies of this package.
 */
export class ThroughtimeError extends Error {
  override readonly name: string = "ThroughtimeError";
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.details = details;
    pointAtUser(this);
  }
}

/** Shapes that do not fit an operation. */
export class ShapeError extends ThroughtimeError {
  override readonly name = "ShapeError";
}

/** Element types that do not fit an operation. */
export class DtypeError extends ThroughtimeError {
  override readonly name = "DtypeError";
}

/** An argument of the wrong kind: undefined, a Promise, a string where a tensor belongs. */
export class ArgumentError extends ThroughtimeError {
  override readonly name = "ArgumentError";
}

/** A Program that is not well formed, or a tensor used outside the trace it belongs to. */
export class TraceError extends ThroughtimeError {
  override readonly name = "TraceError";
}

/** An operation or element type that a backend or an exporter cannot run. */
export class UnsupportedOpError extends ThroughtimeError {
  override readonly name = "UnsupportedOpError";
}

/** A Program that a backend could not turn into something that runs. */
export class CompileError extends ThroughtimeError {
  override readonly name = "CompileError";
}

/** A backend or device that is not there, closed, or failed while running. */
export class BackendError extends ThroughtimeError {
  override readonly name = "BackendError";
}

/** Something used after its end: a DeviceArray that was released or donated, a training that has run. */
export class ReleasedError extends ThroughtimeError {
  override readonly name = "ReleasedError";
}

/** A file of weights or a checkpoint that is damaged, incomplete or of another model. */
export class CheckpointError extends ThroughtimeError {
  override readonly name = "CheckpointError";
}

/** Input data that cannot be used: empty, too short, not valid UTF-8, out of range. */
export class DataError extends ThroughtimeError {
  override readonly name = "DataError";
}

/** An option outside what it may be. */
export class OptionError extends ThroughtimeError {
  override readonly name = "OptionError";
}

/** NaN or Inf where a finite number must stand. */
export class NonFiniteError extends ThroughtimeError {
  override readonly name = "NonFiniteError";
}
