/** Runs tasks one after the other, in the order in which they were handed in. */
export type Queue = <T>(task: () => T | Promise<T>) => Promise<T>;

export function newQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const done = last.then(task);
    last = done.catch(() => undefined);
    return done;
  };
}
