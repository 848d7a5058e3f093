/** How far a text is read for the end of its first line. */
const FIRST = 2 ** 20;

/** A line, or a part of one that is longer than it may be. */
export interface LinePart {
  readonly text: string;
  /** Whether the line ends here. Of a last line without an end it does not. */
  readonly ended: boolean;
}

/** Cuts a text that comes in pieces into lines. */
export interface LineSplitter {
  push(piece: string): LinePart[];
  /** What is left. */
  end(): LinePart[];
}

/**
 * What a line is, for everything that reads lines: they end in LF or CRLF. Where there is no LF in the first million characters
 * they end in CR, as they did on old Macintoshes; a CR anywhere else is white space, for files of pairs have stray ones. Other separators (U+2028,
 * U+0085, vertical tabs) are characters of a line. A line that gets longer than `longest` comes in parts, cut at white space where there is some.
 */
export function lineSplitter({ longest = Infinity }: { readonly longest?: number } = {}): LineSplitter {
  let ends: "\n" | typeof CARRIAGE | undefined;
  // Of a line whose end is not there yet; and a CR that may be the half of a CRLF.
  let held = "";
  let half = "";
  const split = (piece: string): LinePart[] => {
    const text = half + piece;
    half = ends === CARRIAGE && piece.endsWith("\r") ? "\r" : "";
    const lines = (half === "" ? text : text.slice(0, -1)).split(ends ?? "\n");
    // What is held grows by concatenation alone, which copies nothing until the line is read.
    lines[0] = held + lines[0];
    held = lines.pop() as string;
    return lines.map((line) => ({ text: bare(line), ended: true }));
  };
  const tooLong = (): LinePart[] => {
    const parts: LinePart[] = [];
    while (held.length > longest) {
      const space = held.slice(0, longest).search(/\s\S*$/u);
      const text = held.slice(0, space > 0 ? space : longest);
      held = held.slice(text.length);
      parts.push({ text, ended: false });
    }
    return parts;
  };
  return {
    push(piece) {
      if (ends === undefined) {
        const text = held + piece;
        ends = endsOf(text.slice(0, FIRST + 1), text.length <= FIRST);
        held = ends === undefined ? text : "";
        return ends === undefined ? tooLong() : this.push(text);
      }
      return [...split(piece), ...tooLong()];
    },
    end() {
      const all = ends === undefined ? held : "";
      if (ends === undefined) held = "";
      ends ??= endsOf(all, false);
      const parts = split(all);
      if (half !== "") parts.push({ text: held, ended: true });
      else if (bare(held) !== "") parts.push({ text: bare(held), ended: false });
      [held, half] = ["", ""];
      return parts;
    },
  };
}

const CARRIAGE = /\r\n|\r|\n/;

/** What ends the lines of a text that begins so; undefined where more may decide it. */
function endsOf(beginning: string, more: boolean): "\n" | typeof CARRIAGE | undefined {
  if (beginning.includes("\n")) return "\n";
  if (more) return undefined;
  return beginning.slice(0, FIRST).includes("\r") ? CARRIAGE : "\n";
}

const bare = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
