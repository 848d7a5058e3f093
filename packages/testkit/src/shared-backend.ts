import type { Backend } from "@throughtime/core";

/** Made when first asked for; again if it was closed, since a runner may choose the order. */
export function sharedBackend(make: () => Promise<Backend>): { get(): Promise<Backend>; close(): Promise<void> } {
  let current: Promise<Backend> | undefined;
  return {
    get() {
      current ??= make();
      return current;
    },
    async close() {
      const closing = current;
      current = undefined;
      await (await closing)?.close();
    },
  };
}
