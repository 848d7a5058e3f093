/** `Symbol.dispose`, where the types of the program that compiles this know it. */
type Dispose = SymbolConstructor extends { readonly dispose: infer K extends symbol } ? K : never;

/** What holds memory outside of JavaScript's. With `using model = await …`, where the runtime has `Symbol.dispose`, it is freed at the end of the block. */
export type Releasable = {
  /** Frees it. Again does nothing. */
  release(): void;
} & { readonly [K in Dispose]: () => void };

/** Adds `release`, called once at most, and `[Symbol.dispose]` to an object; Node 20.19 and older browsers have no such symbol. */
export function releasable<T extends object>(value: T, release: () => void): T & Releasable {
  let released = false;
  const once = () => {
    if (released) return;
    released = true;
    release();
  };
  const { dispose } = Symbol as { readonly dispose?: symbol };
  return Object.assign(value, { release: once }, dispose && { [dispose]: once }) as T & Releasable;
}
