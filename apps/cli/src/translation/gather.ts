/** How long more lines are waited for before those that are there go on their way, in milliseconds. */
const PATIENCE = 10;

/**
 * Lines in groups of at most `most`: as many as come without a wait, so that a person who types is answered at once, and a
 * file goes through in large groups. Lines before an error come before it. Ends when the signal is aborted.
 */
export async function* gathered(
  lines: AsyncIterable<string>,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<string[], void, undefined> {
  const iterator = lines[Symbol.asyncIterator]();
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const read = () => {
    const next = iterator.next();
    // Its error is thrown where it is waited for, which may be later.
    next.catch(() => {});
    return next;
  };
  let next = read();
  while (!signal.aborted) {
    const first = await Promise.race([next, stopped]);
    if (first === undefined || first.done) return;
    const group = [first.value];
    next = read();
    while (group.length < most) {
      const more = await Promise.race([next, later()]).catch(() => undefined);
      if (more === undefined || more.done) break;
      group.push(more.value);
      next = read();
    }
    yield group;
  }
}

const later = (): Promise<undefined> => new Promise((resolve) => setTimeout(resolve, PATIENCE, undefined));
