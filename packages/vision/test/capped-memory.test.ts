import { describe, expect, test } from "vitest";
import { cappedMemory } from "../src/node/capped-memory.js";

/** (module (memory (export "m") 1)) */
const MODULE = Uint8Array.from([...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...[5, 3, 1, 0, 1], ...[7, 5, 1, 1, 0x6d, 2, 0]]);
/** What JavaScript has of WebAssembly, which Node's types leave to those of browsers. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: { readonly m: { grow(pages: number): number } } };
}
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
const memory = (bytes: Uint8Array) => new Instance(new Module(bytes)).exports.m;

describe("cappedMemory", () => {
  test.each([2, 200, 8192])("a module's memory grows to %i pages and no further", (pages) => {
    const capped = memory(cappedMemory(MODULE, pages));
    expect(capped.grow(pages - 1)).toBe(1);
    expect(() => capped.grow(1)).toThrow();
    expect(memory(MODULE).grow(pages)).toBe(1);
  });

  test("refuses a module that has a maximum, or no memory", () => {
    expect(() => cappedMemory(cappedMemory(MODULE, 2), 3)).toThrow(/that has no maximum/);
    expect(() => cappedMemory(MODULE.subarray(0, 8), 3)).toThrow(/with one memory/);
  });
});
