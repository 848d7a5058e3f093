import type { Code } from "../wasm/code.js";

/** Where threads meet, at the start of memory, each word in a cache line of its own. */
const ARRIVED = 0;
const GENERATION = 64;
const SLEEPING = 128;
/** Error bits of all threads. */
export const ERRORS = 192;

/** How often a thread looks before it goes to sleep: some twenty microseconds, more than the parts of a step differ by. */
const LOOKS = 20_000;

/** A function without parameters that returns when all threads have called it. */
export function emitBarrier(code: Code, threads: number): void {
  const [generation, looks] = [code.local("i32"), code.local("i32")];
  code.i32(0).atomic("i32.atomic.load", GENERATION).set(generation);
  code
    .i32(0)
    .i32(1)
    .atomic("i32.atomic.rmw.add", ARRIVED)
    .i32(threads - 1)
    .op("i32.eq");
  const open = (): void => {
    code.i32(0).i32(0).atomic("i32.atomic.store", ARRIVED);
    code.i32(0).i32(1).atomic("i32.atomic.rmw.add", GENERATION).op("drop");
    // Waking costs a call of the engine: only where somebody sleeps.
    code.i32(0).atomic("i32.atomic.load", SLEEPING);
    code.when(() => void code.i32(0).i32(threads).atomic("memory.atomic.notify", GENERATION).op("drop"));
  };
  const closed = () => code.i32(0).atomic("i32.atomic.load", GENERATION).get(generation).op("i32.eq");
  const wait = (): void => {
    code.i32(LOOKS).set(looks);
    code.loopWhile(() => {
      code.get(looks).i32(1).op("i32.sub").tee(looks).i32(0).op("i32.gt_s");
      closed().op("i32.and");
    });
    closed().when(() => {
      code.i32(0).i32(1).atomic("i32.atomic.rmw.add", SLEEPING).op("drop");
      code.loopWhile(() => {
        code.i32(0).get(generation).forever().atomic("memory.atomic.wait32", GENERATION).op("drop");
        closed();
      });
      code.i32(0).i32(-1).atomic("i32.atomic.rmw.add", SLEEPING).op("drop");
    });
  };
  code.when(open, wait);
}
