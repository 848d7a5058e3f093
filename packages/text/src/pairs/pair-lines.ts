import { DataError } from "@throughtime/core";

/** A sentence and its translation. */
export interface TextPair {
  readonly source: string;
  readonly target: string;
}

type Lines = AsyncIterable<string> | Iterable<string>;

/**
 * Lines of two files side by side. Throws DataError where one has more lines, with both counts and the first that has none.
 * `name` is what messages call the two.
 */
export async function* pairLines(
  source: Lines,
  target: Lines,
  name = "the pairs",
): AsyncGenerator<TextPair, void, undefined> {
  const [a, b] = [iterate(source), iterate(target)];
  let count = 0;
  try {
    for (;;) {
      const [x, y] = await Promise.all([a.next(), b.next()]);
      if (x.done && y.done) return;
      if (x.done || y.done) {
        const longer = x.done ? b : a;
        let more = 1;
        while (!(await longer.next()).done) more++;
        const [sources, targets] = x.done ? [count, count + more] : [count + more, count];
        throw new DataError(
          `of ${name} the source has ${sources} lines and the target ${targets}; line ${count + 1} has no partner.`,
          { name, sources, targets, line: count + 1 },
        );
      }
      count++;
      yield { source: x.value, target: y.value };
    }
  } finally {
    // Files are closed also where one could not be read, or nobody wants more; a pipe may make them wait, so nobody waits for it.
    for (const side of [a, b]) side.return().catch(() => {});
  }
}

/**
 * Pairs of a file with a tab between source and target; further columns are ignored, and a blank line is a pair of blank
 * sides. Throws DataError naming another line without a tab. `name` is what messages call the file.
 */
export async function* pairColumns(lines: Lines, name = "the text"): AsyncGenerator<TextPair, void, undefined> {
  let count = 0;
  for await (const line of lines) {
    count++;
    const [source = "", target] = line.split("\t", 2);
    if (target === undefined && line.trim() !== "") {
      throw new DataError(`line ${count} of ${name} has no tab between source and target.`, {
        name,
        line: count,
      });
    }
    yield { source, target: target ?? "" };
  }
}

async function* iterate(lines: Lines): AsyncGenerator<string, void, undefined> {
  yield* lines;
}
