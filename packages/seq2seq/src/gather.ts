/** How long more values are waited for before those that are there go on their way, in milliseconds. */
const PATIENCE = 10;

/**
 * Values in groups of at most `most`: as many as come without a wait, so that a person who types is answered at once, and a
 * file goes through in large groups. Values before an error come before it. Throws the signal's reason when it is aborted.
 */
export async function* gathered<T>(
  values: AsyncIterable<T> | Iterable<T>,
  most: number,
  signal?: AbortSignal,
): AsyncGenerator<T[], void, undefined> {
  signal?.throwIfAborted();
  const iterator = iterate(values);
  let stop = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
  });
  stopped.catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  const read = () => {
    const next = iterator.next();
    // Its error is thrown where it is waited for, which may be later.
    next.catch(() => {});
    return next;
  };
  let next: Promise<IteratorResult<T>> | undefined = read();
  try {
    while (next) {
      const first = await Promise.race([next, stopped]);
      next = undefined;
      if (first.done) return;
      const group = [first.value];
      next = read();
      while (group.length < most) {
        const more = await soon(next);
        if (more === undefined || more.done) break;
        group.push(more.value);
        next = read();
      }
      yield group;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // Whoever wants no more lets go of what they come from; one that hangs is not waited for.
    if (next) iterator.return?.()?.catch(() => {});
  }
}

const iterate = <T>(values: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> =>
  Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : inTurn(values)[Symbol.asyncIterator]();

async function* inTurn<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* values;
}

/** What a promise gives within a moment; undefined where it takes longer, or fails. */
async function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, undefined);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), later]);
  } finally {
    clearTimeout(timer);
  }
}
