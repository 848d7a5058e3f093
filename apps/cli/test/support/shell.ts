import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../src/command-line.js";
import type { Writer } from "../../src/terminal.js";

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface ShellOptions {
  /** Called with each text written to stdout; abort the controller for Ctrl-C. */
  readonly onOut?: (text: string, interrupt: AbortController) => unknown;
  /** Ctrl-C comes before anything else. */
  readonly interrupted?: boolean;
  /** What stands on standard input. */
  readonly input?: AsyncIterable<Uint8Array> | string;
}

/** Runs a command line in this process, its words as an array or, without spaces in them, as one text. */
export async function shell(
  words: string | readonly string[],
  { onOut, interrupted, input = "" }: ShellOptions = {},
): Promise<Ran> {
  const interrupt = new AbortController();
  if (interrupted) interrupt.abort();
  let out = "";
  let err = "";
  const stdout: Writer = {
    write(text) {
      out += text;
      onOut?.(text, interrupt);
    },
  };
  const stderr: Writer = {
    write(text) {
      err += text;
    },
  };
  const args = typeof words === "string" ? words.split(" ").filter((word) => word !== "") : words;
  const stdin = typeof input === "string" ? once(new TextEncoder().encode(input)) : input;
  const code = await run(args, { terminal: { out: stdout, err: stderr, in: stdin }, signal: interrupt.signal });
  return { code, out, err };
}

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** A folder that is removed when `dispose` is called. */
export function scratch(): { readonly path: (name: string) => string; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-cli-"));
  return { path: (name) => join(folder, name), dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The lines of a command's stdout, each parsed as JSON. */
export const jsonLines = (out: string): Record<string, unknown>[] =>
  out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A text that a small model can learn a little of in a few steps. */
export const RHYME =
  "Row, row, row your boat, gently down the stream.\nMerrily, merrily, merrily, merrily, life is but a dream.\n".repeat(
    12,
  );

/** Options for a training of a second or less. */
export const SMALL = "--hidden 8 --batch 2 --time 16 --sample 0 --threads 1";
