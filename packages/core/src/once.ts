import { ReleasedError } from "./errors.js";
import { requireFunction } from "./require.js";

/**
 * A generator over which one loop can be made: where another would silently see nothing, it throws ReleasedError with
 * `message`.
 */
export function once<G extends AsyncGenerator<unknown, unknown, unknown>>(generator: G, message: string): G {
  requireFunction("once: the generator's next", generator?.next);
  let begun = false;
  return Object.defineProperty(generator, Symbol.asyncIterator, {
    value() {
      if (begun) throw new ReleasedError(message);
      begun = true;
      return generator;
    },
  });
}
