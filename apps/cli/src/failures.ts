/** How a failed command ends. */
export interface Failure {
  /** For stderr, without a line's end. */
  readonly text: string;
  readonly exitCode: number;
}

/** Exit codes: could not do its work; was called wrongly; was stopped by Ctrl-C (128 + SIGINT, as shells have it). */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The library's error family; anything else that is thrown is a bug of ours. */
const EXPECTED = new Set([
  "ShapeError",
  "DtypeError",
  "TraceError",
  "UnsupportedOpError",
  "CompileError",
  "BackendError",
  "ReleasedError",
  "CheckpointError",
  "DataError",
  "OptionError",
  "NonFiniteError",
]);

/**
 * What to tell about an error: one line for what a user can do something about, with a stack only for `debug` and for
 * errors that should not have happened. An option out of range is wrong usage (2); everything else is a failure (1).
 */
export function failureOf(error: unknown, debug: boolean): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const exitCode = name === "OptionError" ? EXIT.usage : EXIT.failed;
  const trace = stack ?? message;
  if (!EXPECTED.has(name)) {
    return { exitCode, text: `throughtime: this should not have happened; please report it.\n${trace}` };
  }
  const line = `throughtime: ${message.replaceAll("\n", " ")}`;
  return { exitCode, text: debug ? `${line}\n${trace}` : line };
}
