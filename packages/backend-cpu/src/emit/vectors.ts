import type { DType } from "@throughtime/core";
import type { Code, Local } from "../wasm/code.js";

/** Reads 4 elements that are `stride` bytes apart, or 1 into the first lane; bools become masks. */
export function loadLanes(
  code: Code,
  pointer: Local,
  distance: number,
  stride: number,
  dtype: DType,
  width: 1 | 4,
): void {
  if (dtype === "bool") {
    loadBools(code, pointer, distance, stride, width);
    return;
  }
  if (width === 1) code.get(pointer).memory("v128.load32_zero", distance);
  else if (stride === 4) code.get(pointer).memory("v128.load", distance);
  else if (stride === 0) code.get(pointer).memory("v128.load32_splat", distance);
  else {
    const lanes = code.local("v128");
    code.get(pointer).memory("v128.load32_zero", distance).set(lanes);
    for (let lane = 1; lane < 4; lane++) {
      code
        .get(pointer)
        .get(lanes)
        .laneMemory("v128.load32_lane", distance + lane * stride, lane)
        .set(lanes);
    }
    code.get(lanes).release(lanes);
  }
}

function loadBools(code: Code, pointer: Local, distance: number, stride: number, width: 1 | 4): void {
  if (width === 1 || stride === 0) {
    code.get(pointer).memory("i32.load8_u", distance).op("i32x4.splat");
  } else if (stride === 1) {
    code.get(pointer).memory("v128.load32_zero", distance);
    code.op("i16x8.extend_low_i8x16_u").op("i32x4.extend_low_i16x8_u");
  } else {
    const lanes = code.local("v128");
    code.i32x4(0).set(lanes);
    for (let lane = 0; lane < 4; lane++) {
      code
        .get(pointer)
        .get(lanes)
        .laneMemory("v128.load8_lane", distance + lane * stride, 4 * lane)
        .set(lanes);
    }
    code.get(lanes).release(lanes);
  }
  code.i32x4(0).op("i32x4.ne");
}

/** Writes 4 elements `stride` bytes apart, or the first lane. */
export function storeLanes(
  code: Code,
  pointer: Local,
  distance: number,
  stride: number,
  dtype: DType,
  width: 1 | 4,
  value: Local,
): void {
  if (dtype !== "bool") {
    if (width === 4 && stride === 4) {
      code.get(pointer).get(value).memory("v128.store", distance);
      return;
    }
    for (let lane = 0; lane < width; lane++) {
      code
        .get(pointer)
        .get(value)
        .laneMemory("v128.store32_lane", distance + lane * stride, lane);
    }
    return;
  }
  const bytes = code.local("v128");
  code.get(value).i32x4(1).op("v128.and").tee(bytes).get(bytes).op("i16x8.narrow_i32x4_u").tee(bytes).get(bytes);
  code.op("i8x16.narrow_i16x8_u").set(bytes);
  if (width === 4 && stride === 1) {
    code.get(pointer).get(bytes).laneMemory("v128.store32_lane", distance, 0);
  } else {
    for (let lane = 0; lane < width; lane++) {
      code
        .get(pointer)
        .get(bytes)
        .laneMemory("v128.store8_lane", distance + lane * stride, lane);
    }
  }
  code.release(bytes);
}
