import { ReleasedError } from "./errors.js";

/**
 * A generator over which one loop can be made: where another would silently see nothing, it throws ReleasedError with
 * `message`.
 */
export function once<G extends AsyncGenerator<unknown, unknown, unknown>>(generator: G, message: string): G {
  let begun = false;
  return Object.defineProperty(generator, Symbol.asyncIterator, {
    value() {
      if (begun) throw new ReleasedError(message);
      begun = true;
      return generator;
    },
  });
}
