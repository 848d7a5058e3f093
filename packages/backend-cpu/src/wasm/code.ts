import { f32Bytes, i32Bytes, signed, unsigned } from "./bytes.js";
import {
  ATOMIC,
  type AtomicOp,
  LANE_MEMORY,
  LANES,
  type LaneMemoryOp,
  type LaneOp,
  MEMORY,
  type MemoryOp,
  PLAIN,
  type PlainOp,
  SHIFTS,
  type ShiftOp,
  SIMD,
  SIMD_MEMORY,
  type SimdOp,
  VALUE_TYPES,
  type ValueType,
} from "./opcodes.js";

/** A parameter or variable of a function. */
export interface Local {
  readonly index: number;
  readonly type: ValueType;
}

/** The address at which four bytes stand for good, or undefined where there is no room for them. */
export type ConstantPool = (lane: readonly number[]) => number | undefined;

const SIMD_PREFIX = 0xfd;
const EMPTY_BLOCK = 0x40;

/** Writes one function's instructions; every method appends and returns the writer, so that code reads left to right. */
export class Code {
  readonly params: readonly Local[];
  private readonly bytes: number[] = [];
  private readonly locals: ValueType[] = [];
  private readonly free = new Map<ValueType, Local[]>();
  private readonly constants = new Map<number, Local>();

  /** `pool` may say where in memory a constant of 32 bits stands. */
  constructor(
    params: readonly ValueType[],
    private readonly pool?: ConstantPool,
  ) {
    this.params = params.map((type, index) => ({ index, type }));
  }

  /** A variable; its first value is 0 unless it was used before (see `release`). */
  local(type: ValueType): Local {
    return this.free.get(type)?.pop() ?? this.fresh(type);
  }

  /** Lets a later `local` take the variable. */
  release(local: Local): void {
    const known = this.free.get(local.type);
    if (known) known.push(local);
    else this.free.set(local.type, [local]);
  }

  get(local: Local): this {
    return this.raw(0x20, ...unsigned(local.index));
  }
  set(local: Local): this {
    return this.raw(0x21, ...unsigned(local.index));
  }
  tee(local: Local): this {
    return this.raw(0x22, ...unsigned(local.index));
  }
  i32(value: number): this {
    return this.raw(0x41, ...signed(value));
  }
  /** All four lanes one float. */
  f32x4(value: number): this {
    return this.splat(f32Bytes(value));
  }
  /** All four lanes one integer. */
  i32x4(value: number): this {
    return this.splat(i32Bytes(value));
  }
  op(name: PlainOp | SimdOp): this {
    if (name in PLAIN) return this.raw(...PLAIN[name as PlainOp]);
    return this.raw(SIMD_PREFIX, ...unsigned(SIMD[name as SimdOp]));
  }
  shift(name: ShiftOp, by: number): this {
    return this.i32(by).raw(SIMD_PREFIX, ...unsigned(SHIFTS[name]));
  }
  lane(name: LaneOp, lane: number): this {
    return this.raw(SIMD_PREFIX, LANES[name], lane);
  }
  /** Bytes of two vectors by position, 0 … 31. */
  shuffle(positions: readonly number[]): this {
    return this.raw(SIMD_PREFIX, 13, ...positions);
  }
  /** A load or store at address + offset. It promises no alignment, which today's engines make nothing of. */
  memory(name: MemoryOp, offset = 0): this {
    const plain = MEMORY[name as keyof typeof MEMORY];
    if (plain) return this.raw(plain, 0, ...unsigned(offset));
    return this.raw(SIMD_PREFIX, SIMD_MEMORY[name as keyof typeof SIMD_MEMORY], 0, ...unsigned(offset));
  }
  laneMemory(name: LaneMemoryOp, offset: number, lane: number): this {
    return this.raw(SIMD_PREFIX, LANE_MEMORY[name], 0, ...unsigned(offset), lane);
  }
  /** An atomic instruction on the 32 bits at address + offset. */
  atomic(name: AtomicOp, offset: number): this {
    return this.raw(0xfe, ATOMIC[name], 2, ...unsigned(offset));
  }
  /** i64.const −1: no end to a wait. */
  forever(): this {
    return this.raw(0x42, 0x7f);
  }
  call(index: number): this {
    return this.raw(0x10, ...unsigned(index));
  }
  /** memory.copy: destination, source, bytes. */
  copy(): this {
    return this.raw(0xfc, 10, 0, 0);
  }
  /** memory.fill: destination, byte, bytes. */
  fill(): this {
    return this.raw(0xfc, 11, 0);
  }
  /** local += value */
  advance(local: Local, value: number): this {
    return value === 0 ? this : this.get(local).i32(value).op("i32.add").set(local);
  }
  /** if (top of the stack) { then } else { otherwise } */
  when(then: () => void, otherwise?: () => void): this {
    this.raw(0x04, EMPTY_BLOCK);
    then();
    if (otherwise) {
      this.raw(0x05);
      otherwise();
    }
    return this.raw(0x0b);
  }
  /** Runs `body`, which leaves a condition on the stack, until that is 0. */
  loopWhile(body: () => void): this {
    this.raw(0x03, EMPTY_BLOCK);
    body();
    return this.raw(0x0d, 0).raw(0x0b);
  }
  /** Runs `body` a fixed number of times. */
  times(count: number, body: () => void): this {
    if (count <= 0) return this;
    if (count === 1) {
      body();
      return this;
    }
    const left = this.local("i32");
    this.i32(count).set(left);
    this.loopWhile(() => {
      body();
      this.get(left).i32(1).op("i32.sub").tee(left);
    });
    this.release(left);
    return this;
  }

  /** The function's entry in the code section, without its length. */
  finish(): number[] {
    const runs: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const declared = runs.flatMap(([count, type]) => [...unsigned(count), VALUE_TYPES[type]]);
    const constants = new Code([]);
    for (const [address, local] of this.constants) {
      constants.i32(0).memory("v128.load32_splat", address).set(local);
    }
    return [...unsigned(runs.length), ...declared].concat(constants.bytes, this.bytes, [0x0b]);
  }

  /**
   * From memory where it stands there, once per call: V8 makes a constant vector in four instructions wherever it is used,
   * and a loop that loads it keeps its address in a register.
   */
  private splat(lane: readonly number[]): this {
    const address = this.pool?.(lane);
    if (address === undefined) return this.raw(SIMD_PREFIX, 12, ...lane, ...lane, ...lane, ...lane);
    const known = this.constants.get(address);
    if (known) return this.get(known);
    const local = this.fresh("v128");
    this.constants.set(address, local);
    return this.get(local);
  }

  /** One that nothing else is ever kept in. */
  private fresh(type: ValueType): Local {
    this.locals.push(type);
    return { index: this.params.length + this.locals.length - 1, type };
  }

  private raw(...bytes: number[]): this {
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }
}
