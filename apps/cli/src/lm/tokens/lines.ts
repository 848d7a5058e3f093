/** A line is cut at white space where it gets longer than this: a text may have no ends of lines at all. */
const LONGEST = 2 ** 20;

/**
 * Cuts a text that comes in pieces into its lines: `text` gets each, or a long one in several parts, and `end` is called at its end.
 * LF and CRLF end a line; a last one without an end has none. The function that is returned is called with each piece, and at last with none.
 */
export function byLines(text: (line: string) => void, end: () => void): (piece?: string) => void {
  let held = "";
  return (piece) => {
    if (piece === undefined) {
      if (held !== "") text(held);
      held = "";
      return;
    }
    const lines = (held + piece).split("\n");
    held = lines.pop() as string;
    for (const line of lines) {
      text(line.endsWith("\r") ? line.slice(0, -1) : line);
      end();
    }
    while (held.length > LONGEST) {
      const space = held.slice(0, LONGEST).search(/\s\S*$/u);
      const cut = space > 0 ? space : LONGEST;
      text(held.slice(0, cut));
      held = held.slice(cut);
    }
  };
}
