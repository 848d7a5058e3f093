import { printable } from "@throughtime/core";

/** Where a command writes: results to `out`, everything for people's eyes to `err`. */
export interface Terminal {
  readonly out: Writer;
  readonly err: Writer;
  /** Standard input; it is opened when it is read. Default: nothing to read. */
  readonly in?: AsyncIterable<Uint8Array>;
}

/** Where text goes. What a person looks at gets no control characters but for `screen`. */
export interface Writer {
  write(text: string): unknown;
  /** Where a person looks: the terminal itself, for what is drawn on it. */
  readonly screen?: Screen;
}

/** The part of a terminal's stream that is used. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number;
  readonly rows?: number;
}

/** What a command line runs in. */
export interface Context {
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C: save and stop. */
  readonly signal: AbortSignal;
  /** Called by what stops by itself when the signal is aborted. Before, Ctrl-C ends the process. */
  stopsItself?(): void;
}

/** What every command is given. */
export interface CommandContext extends Context {
  /** The words that this command line begins with: more than one where it was told of further tasks. */
  readonly program: readonly string[];
  /** Sets the exit code of a command that does not throw. */
  end(code: number): void;
}

/** One line. */
export const print = (writer: Writer, line: string): void => {
  writer.write(`${line}\n`);
};

/** A value as the JSON that a program reads: one line. */
export const printJson = (writer: Writer, value: unknown): void => print(writer, JSON.stringify(value));

/** A stream as a writer: on a terminal, with what it would obey (from a file, from a model) as \uXXXX. */
export const writerOf = (stream: NodeJS.WriteStream): Writer =>
  stream.isTTY
    ? { write: (text) => stream.write(visible(text)), screen: stream }
    : { write: (text) => stream.write(text) };

/** A text whose control characters, but for ends of lines and tabs, are \uXXXX. */
export const visible = (text: string): string =>
  text.replaceAll("\r\n", "\n").replaceAll(/[^\n\t]+/g, (part) => printable(part, Infinity));
