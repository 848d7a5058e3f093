/** Instructions without immediates, by the names of the WebAssembly specification. */
export const PLAIN = {
  drop: [0x1a],
  "i32.eqz": [0x45],
  "i32.eq": [0x46],
  "i32.lt_u": [0x49],
  "i32.ge_u": [0x4f],
  "f32.eq": [0x5b],
  "f32.gt": [0x5e],
  "f32.le": [0x5f],
  "i32.gt_s": [0x4a],
  "i32.add": [0x6a],
  "i32.sub": [0x6b],
  "i32.mul": [0x6c],
  "i32.and": [0x71],
  "i32.or": [0x72],
} as const;

/** SIMD instructions without immediates: the number after the 0xfd prefix. */
export const SIMD = {
  "i32x4.splat": 17,
  "i32x4.eq": 55,
  "i32x4.ne": 56,
  "i32x4.lt_s": 57,
  "i32x4.gt_s": 59,
  "i32x4.le_s": 61,
  "f32x4.eq": 65,
  "f32x4.ne": 66,
  "f32x4.lt": 67,
  "f32x4.gt": 68,
  "f32x4.le": 69,
  "v128.not": 77,
  "v128.and": 78,
  "v128.andnot": 79,
  "v128.or": 80,
  "v128.bitselect": 82,
  "f32x4.demote_f64x2_zero": 94,
  "f64x2.promote_low_f32x4": 95,
  "i8x16.narrow_i16x8_u": 102,
  "f32x4.floor": 104,
  "i16x8.narrow_i32x4_u": 134,
  "i16x8.extend_low_i8x16_u": 137,
  "i32x4.abs": 160,
  "i32x4.neg": 161,
  "i32x4.extend_low_i16x8_u": 169,
  "i32x4.add": 174,
  "i32x4.sub": 177,
  "i32x4.mul": 181,
  "i32x4.min_s": 182,
  "i32x4.max_s": 184,
  "f32x4.abs": 224,
  "f32x4.neg": 225,
  "f32x4.sqrt": 227,
  "f32x4.add": 228,
  "f32x4.sub": 229,
  "f32x4.mul": 230,
  "f32x4.div": 231,
  "f32x4.min": 232,
  "f32x4.max": 233,
  "f32x4.pmin": 234,
  "f32x4.pmax": 235,
  "f64x2.add": 240,
  "f64x2.div": 243,
  "i32x4.trunc_sat_f32x4_s": 248,
  "f32x4.convert_i32x4_s": 250,
  "i32x4.trunc_sat_f64x2_s_zero": 252,
  "f64x2.convert_low_i32x4_s": 254,
  "f32x4.relaxed_madd": 0x105,
} as const;

/** SIMD shifts take their distance from the stack. */
export const SHIFTS = { "i32x4.shl": 171, "i32x4.shr_s": 172, "i32x4.shr_u": 173 } as const;

/** Loads and stores. */
export const MEMORY = {
  "i32.load": 0x28,
  "f32.load": 0x2a,
  "i32.load8_u": 0x2d,
  "i32.store": 0x36,
  "i32.store8": 0x3a,
} as const;

/** Atomic instructions on 32 bits, all sequentially consistent: the number after the 0xfe prefix. */
export const ATOMIC = {
  "memory.atomic.notify": 0,
  "memory.atomic.wait32": 1,
  "i32.atomic.load": 16,
  "i32.atomic.store": 23,
  "i32.atomic.rmw.add": 30,
  "i32.atomic.rmw.or": 51,
} as const;

export const SIMD_MEMORY = {
  "v128.load": 0,
  "v128.load32_splat": 9,
  "v128.store": 11,
  "v128.load32_zero": 92,
} as const;

/** With a lane after the address. */
export const LANE_MEMORY = {
  "v128.load8_lane": 84,
  "v128.load32_lane": 86,
  "v128.store8_lane": 88,
  "v128.store32_lane": 90,
} as const;

export const LANES = {
  "f32x4.extract_lane": 31,
  "f32x4.replace_lane": 32,
} as const;

export type AtomicOp = keyof typeof ATOMIC;
export type PlainOp = keyof typeof PLAIN;
export type SimdOp = keyof typeof SIMD;
export type ShiftOp = keyof typeof SHIFTS;
export type MemoryOp = keyof typeof MEMORY | keyof typeof SIMD_MEMORY;
export type LaneMemoryOp = keyof typeof LANE_MEMORY;
export type LaneOp = keyof typeof LANES;

export const VALUE_TYPES = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof VALUE_TYPES;
