import { printable } from "@throughtime/core";
import { reasonOf } from "./read-file.js";
import { visible } from "./terminal.js";

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
  const { name, message, stack, code, syscall } = (
    error instanceof Error ? error : new Error(String(error))
  ) as NodeJS.ErrnoException;
  const exitCode = name === "OptionError" ? EXIT.usage : EXIT.failed;
  const trace = visible(stack ?? message);
  // What the system refuses (a disk, a limit) is nobody's bug.
  const expected = EXPECTED.has(name) || (code !== undefined && syscall !== undefined);
  if (!expected) {
    return { exitCode, text: `throughtime: this should not have happened; please report it.\n${trace}` };
  }
  const said = EXPECTED.has(name) ? message : `${syscall}: ${reasonOf(error)}`;
  // What is quoted in a message came from somewhere, and may be long or hold anything.
  const line = `throughtime: ${printable(said.replaceAll(/\s*\n\s*/g, " "), LONGEST)}`;
  return { exitCode, text: debug ? `${line}\n${trace}` : line };
}

/** Of a message, in characters. */
const LONGEST = 2000;
