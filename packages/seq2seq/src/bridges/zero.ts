import type { Bridge } from "./bridge.js";

/** The decoder starts at its cell's initial state: what it knows of the source comes through attention alone. */
export const zeroBridge = (): Bridge => ({
  name: "zero",
  build: () => ({ init: () => ({}), apply: (_, __, initial) => initial }),
});
