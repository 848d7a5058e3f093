/** Where a command writes: results to `out`, everything for people's eyes to `err`. */
export interface Terminal {
  readonly out: Writer;
  readonly err: Writer;
  /** Standard input; it is opened when it is read. Default: nothing to read. */
  readonly in?: AsyncIterable<Uint8Array>;
}

/** The part of a Node stream that is used. */
export interface Writer {
  write(text: string): unknown;
  /** Whether a person looks at it: only then may control characters be written. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command line runs in. */
export interface Context {
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C: save and stop. */
  readonly signal: AbortSignal;
}

/** What every command is given. */
export interface CommandContext extends Context {
  /** Sets the exit code of a command that does not throw. */
  end(code: number): void;
}

/** One line. */
export const print = (writer: Writer, line: string): void => {
  writer.write(`${line}\n`);
};

/** A value as the JSON that a program reads: one line. */
export const printJson = (writer: Writer, value: unknown): void => print(writer, JSON.stringify(value));
