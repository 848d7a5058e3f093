import { byteSize, sizeOf } from "@throughtime/core";
import type { GatherStep, ScatterStep } from "../plan/steps.js";
import type { Code, Local } from "../wasm/code.js";
import type { Call } from "./call.js";
import type { Emit } from "./context.js";

/** Above this a call of memory.copy costs less than a loop. */
const LONG_ROW = 1024;

/**
 * For each index: the address of the row that it names is put into `row`, and `body` runs; it advances what it reads
 * beside it. Rows that are not there are skipped, and the function returns 1.
 */
function eachRow(
  code: Code,
  rows: number,
  rowBytes: number,
  count: number,
  base: Local,
  indices: Local,
  row: Local,
  body: () => void,
  always: () => void,
): void {
  const [index, bad] = [code.local("i32"), code.local("i32")];
  code.times(count, () => {
    code.get(indices).memory("i32.load").tee(index).i32(rows).op("i32.ge_u");
    code.when(() => void code.i32(1).set(bad));
    code.get(index).i32(rows).op("i32.lt_u");
    code.when(() => {
      code.get(base).get(index).i32(rowBytes).op("i32.mul").op("i32.add").set(row);
      body();
    });
    always();
    code.advance(indices, 4);
  });
  code.get(bad);
}

/** to[i] = from[indices[i]] as a function of (from, indices, to). */
export function emitGather({ module }: Emit, { from, indices, to }: GatherStep): Call {
  const rowBytes = sizeOf(from.shape.slice(1)) * byteSize(from.dtype);
  const index = module.add(["i32", "i32", "i32"], ["i32"], (code) => {
    const [table, ids, target] = code.params as [Local, Local, Local];
    const row = code.local("i32");
    eachRow(
      code,
      from.shape[0] as number,
      rowBytes,
      sizeOf(indices.shape),
      table,
      ids,
      row,
      () => copyRow(code, row, target, rowBytes),
      () => void code.advance(target, rowBytes),
    );
  });
  return { index, operands: [from, indices, to], checks: "gather" };
}

function copyRow(code: Code, from: Local, to: Local, bytes: number): void {
  if (bytes >= LONG_ROW) {
    code.get(to).get(from).i32(bytes).copy();
    return;
  }
  const [source, target] = [code.local("i32"), code.local("i32")];
  code.get(from).set(source).get(to).set(target);
  code.times(Math.floor(bytes / 16), () => {
    code.get(target).get(source).memory("v128.load").memory("v128.store").advance(source, 16).advance(target, 16);
  });
  code.times(Math.floor((bytes % 16) / 4), () => {
    code.get(target).get(source).memory("i32.load").memory("i32.store").advance(source, 4).advance(target, 4);
  });
  code.times(bytes % 4, () => {
    code.get(target).get(source).memory("i32.load8_u").memory("i32.store8").advance(source, 1).advance(target, 1);
  });
  code.release(source);
  code.release(target);
}

/** to[indices[i]] += updates[i], one after the other, as a function of (to, indices, updates). */
export function emitScatter({ module }: Emit, { to, indices, updates }: ScatterStep): Call {
  const width = sizeOf(to.shape.slice(1));
  const add = to.dtype === "f32" ? "f32x4.add" : "i32x4.add";
  const index = module.add(["i32", "i32", "i32"], ["i32"], (code) => {
    const [table, ids, source] = code.params as [Local, Local, Local];
    const [row, from] = [code.local("i32"), code.local("i32")];
    const addRow = (): void => {
      code.get(source).set(from);
      code.times(Math.floor(width / 4), () => {
        code.get(row).get(row).memory("v128.load").get(from).memory("v128.load").op(add).memory("v128.store");
        code.advance(row, 16).advance(from, 16);
      });
      code.times(width % 4, () => {
        code.get(row).get(row).memory("v128.load32_zero").get(from).memory("v128.load32_zero").op(add);
        code.laneMemory("v128.store32_lane", 0, 0).advance(row, 4).advance(from, 4);
      });
    };
    eachRow(code, to.shape[0] as number, width * 4, sizeOf(indices.shape), table, ids, row, addRow, () => {
      code.advance(source, width * 4);
    });
  });
  return { index, operands: [to, indices, updates], checks: "scatterAdd" };
}
