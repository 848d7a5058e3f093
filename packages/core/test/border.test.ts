import { inspect } from "node:util";
import { cpu } from "@throughtime/backend-cpu";
import { ort } from "@throughtime/backend-ort";
import { reference } from "@throughtime/backend-reference";
import { describe, expect, test } from "vitest";
import * as core from "../src/index.js";
import {
  add,
  compile,
  concat,
  constant,
  download,
  full,
  gather,
  grad,
  iota,
  matmul,
  mul,
  ndarray,
  pad,
  placeholders,
  reshape,
  scan,
  select,
  type Tensor,
  trace,
  type,
  upload,
  valueAndGrad,
  vjp,
  vmap,
  zeros,
} from "../src/index.js";

const of = (shape: (number | string)[], dtype: core.DType = "f32"): Tensor =>
  placeholders([type(shape, dtype)])[0] as Tensor;
const x = of([2, 3]);
const wrong = (value: unknown) => value as never;

/** What is no tensor and no host data, and what a message calls it. */
const NO_DATA: readonly (readonly [unknown, string])[] = [
  [undefined, "undefined"],
  [null, "null"],
  ["abc", 'the string "abc"'],
  [1n, "the BigInt 1n"],
  [Symbol("s"), "a symbol"],
  [() => 1, "a function"],
  [Math.max, 'the function "max"'],
  [Promise.resolve(1), "a Promise (write await before it)"],
  [[1, 2], "an array of 2"],
  [new Float32Array(2), "a Float32Array of 2 (wrap it with ndarray())"],
  [new Date(0), "a Date"],
  [new Map(), "a Map"],
  [Object(3), "a Number"],
  [{}, "an empty object"],
  [{ W: 1, b: 2 }, 'an object with "W", "b"'],
  [{ data: [1], shape: [1], dtype: "f32" }, "an object of type f32[1]"],
];

describe("an operand that is none is refused by its place:", () => {
  test.each(NO_DATA)("%s", (value, text) => {
    const expected = `${text}; expected a tensor, an array made with ndarray(), a number or a boolean.`;
    const refused = (fn: () => unknown, place: string) =>
      expect(fn).toThrow(expect.objectContaining({ name: "ArgumentError", message: `${place} is ${expected}` }));
    refused(() => add(x, wrong(value)), "add: argument 2");
    refused(() => add(x, 1, wrong(value)), "add: argument 3");
    refused(() => matmul(wrong(value), x), "matmul: argument 1");
    refused(() => select(of([3], "bool"), x, wrong(value)), "select: argument 3");
    if (!Array.isArray(value)) refused(() => concat([x, wrong(value)]), "concat: xs[1]");
    refused(() => gather(x, wrong(value)), "gather: argument 2");
    refused(() => reshape(wrong(value), [6]), "reshape: argument 1");
    refused(() => constant(wrong(value)), "constant: the value");
    refused(() => core.oneHot(wrong(value), 3), "oneHot: argument 1");
  });

  test("in every op of one and of two operands", () => {
    const names = "abs neg sign floor exp log log1p sqrt sin cos tanh sigmoid relu erf not softmax logSoftmax".split(
      " ",
    );
    const pairs = "add sub mul div pow maximum minimum equal less lessEqual greater greaterEqual notEqual and or".split(
      " ",
    );
    const ops = core as unknown as Record<string, (...operands: unknown[]) => unknown>;
    const error = (text: string) =>
      expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining(text) });
    for (const name of names) expect(() => ops[name]?.(undefined)).toThrow(error("argument 1 is undefined"));
    for (const name of pairs) {
      expect(() => ops[name]?.(x, "1")).toThrow(error('is the string "1"'));
      expect(() => ops[name]?.(undefined, x)).toThrow(error("is undefined"));
    }
  });
});

test("a number that does not fit the dtype of what it meets is refused, and one that does is taken", () => {
  const ids = of([2], "i32");
  for (const value of [0.5, Number.NaN, Infinity, 2 ** 31, -(2 ** 31) - 1]) {
    expect(() => add(ids, value)).toThrow(
      expect.objectContaining({
        name: "DtypeError",
        message: `add: argument 2 is ${value}, which i32 does not hold: whole numbers from -2147483648 to 2147483647. Use castArray() or cast() to convert.`,
      }),
    );
  }
  expect(() => mul(1e39, x)).toThrow("mul: argument 1 is 1e+39, which f32 does not hold");
  expect(() => scan((c) => [0.5 as unknown as Tensor, c], of([], "i32"), [], { length: 2 })).toThrow(
    "scan: step's carry is 0.5, which i32 does not hold",
  );
  expect(() => pad(ids, { axis: 0, before: 1, after: 0, value: 0.5 })).toThrow("pad: the value is 0.5, which i32");
  expect(() => full([2], 2, "bool")).toThrow("which bool does not hold: 0 and 1");
  expect(() => full([2], wrong(undefined))).toThrow("full: the value is undefined; expected a number");
  for (const value of [-(2 ** 31), 2 ** 31 - 1, -0]) expect(add(ids, value).dtype).toBe("i32");
  for (const value of [0.1, -Infinity, Number.NaN, 1e-300]) expect(mul(x, value).dtype).toBe("f32");
  expect(mul(of([2], "f64"), 1e300).dtype).toBe("f64");
});

test("a tree is refused by the path of what does not belong there", () => {
  const error = (message: string) => expect.objectContaining({ name: "ArgumentError", message });
  const tail = "expected tensors, or plain objects and arrays of them.";
  const step = (c: unknown) => [c, 0] as never;
  expect(() => scan(step, { h: wrong(null) }, x)).toThrow(error(`scan: init.h is null; ${tail}`));
  expect(() => scan(step, zeros([3]), { x: "abc" } as never)).toThrow(error(`scan: xs.x is the string "abc"; ${tail}`));
  expect(() => scan(() => [{ h: undefined, c: "1" }, 0] as never, { h: x }, x)).toThrow(
    error(`scan: step's carry.c is the string "1"; ${tail}`),
  );
  expect(() => scan((c) => [c, [0, null]] as never, zeros([3]), x)).toThrow(error(`scan: step's y.1 is null; ${tail}`));
  expect(() => grad(() => x, { W: [undefined] } as never)).toThrow(error(`grad: x.W.0 is undefined; ${tail}`));
  expect(() => grad(() => x, { W: ndarray([1]) } as never)).toThrow(
    error(`grad: x.W is host data of type f32[1]; ${tail}`),
  );
  expect(() => vmap((a: Tensor) => a)(wrong(undefined))).toThrow(error(`vmap: argument 1 is undefined; ${tail}`));
  expect(() => trace(() => ({ y: undefined, z: new Map() }), [])).toThrow(
    error(`trace: the result.z is a Map; ${tail}`),
  );
  expect(() => trace(() => {}, [])).toThrow(error(`trace: the result is undefined; ${tail}`));
  expect(() => trace(() => 1, [{ x: [2, 3] }])).toThrow(
    error(
      "trace: argument 1.x.0 is the number 2; expected types, made with type(), or plain objects and arrays of them.",
    ),
  );
  expect(() => trace(() => 1, wrong({ x }))).toThrow(
    /^trace: the arguments' types is an object with "x"; expected an array/,
  );
});

test("what a function must return is said where it returns something else", () => {
  const returned = (value: unknown) => () => scan(() => value as never, zeros([3]), x);
  expect(returned(undefined)).toThrow("scan: step returned undefined; expected [carry, y]");
  expect(returned(x)).toThrow("scan: step returned a tensor f32[2, 3]; expected [carry, y]");
  expect(returned({ carry: x })).toThrow('scan: step returned an object with "carry"');
  expect(() => valueAndGrad(() => undefined as never, x)).toThrow("with one at `loss`; it returned undefined");
  expect(() => vjp(() => undefined as never, x, x)).toThrow("vjp: what the function returns is undefined");
  expect(() => vjp((v) => v, x, zeros([3]))).toThrow("vjp: dy is f32[3], but the function returns f32[2, 3]");
  expect(() => trace(async () => x, [])).toThrow("trace: the function is async");
  for (const fn of [undefined, x, 3]) {
    for (const use of [
      () => trace(wrong(fn), []),
      () => grad(wrong(fn), x),
      () => vmap(wrong(fn)),
      () => scan(wrong(fn), x, x),
    ])
      expect(use).toThrow(/expected a function\.$/);
  }
});

test("a shape or a dtype that is none is refused by every op that takes one", () => {
  for (const shape of [[-1], [2.5], [Number.NaN], ["2"], [undefined], [null], [2 ** 60]]) {
    for (const make of [zeros, (s: never) => core.broadcast(zeros([]), s), (s: never) => core.zerosArray(s)])
      expect(() => make(wrong(shape))).toThrow(expect.objectContaining({ name: "ShapeError" }));
    if (typeof shape[0] !== "string") {
      expect(() => type(wrong(shape))).toThrow(expect.objectContaining({ name: "ShapeError" }));
    }
  }
  for (const shape of [undefined, null, 3, "2", x]) {
    for (const use of [zeros, type, core.zerosArray, (s: never) => reshape(x, s), (s: never) => core.broadcast(x, s)])
      expect(() => use(wrong(shape))).toThrow(expect.objectContaining({ name: "ArgumentError" }));
  }
  for (const dtype of ["float32", null, 32, "F32"]) {
    const error = expect.objectContaining({
      name: "DtypeError",
      message: expect.stringContaining("expected one of f32, f64"),
    });
    for (const use of [() => type([2], wrong(dtype)), () => core.cast(x, wrong(dtype)), () => iota(3, wrong(dtype))])
      expect(use).toThrow(error);
    expect(() => ndarray([1], { dtype: wrong(dtype) })).toThrow(error);
  }
});

describe("a forgotten await", () => {
  const backend = {} as core.Backend;
  const promise = Promise.resolve(backend);

  test("is a type error, and said when it runs", async () => {
    // @ts-expect-error the backend is a Promise
    expect(() => compile(promise, (a: Tensor) => a)).toThrow(
      "compile: the backend is a Promise (write await before it); expected a Backend. Making one takes time: await ort().",
    );
    // @ts-expect-error the backend is a Promise
    await expect(upload(promise, ndarray([1]))).rejects.toThrow("upload: the backend is a Promise");
    // @ts-expect-error the backend is a Promise
    await expect(download(promise, ndarray([1]))).rejects.toThrow("download: the backend is a Promise");
    // @ts-expect-error nor is nothing a backend
    expect(() => compile(undefined, (a: Tensor) => a)).toThrow("Make one with ort(), cpu() or reference().");
  });

  test("of what a call or an upload gives", async () => {
    const real = reference();
    const f = compile(real, (a: Tensor, p: { W: Tensor }) => mul(a, p.W));
    const one = ndarray([1]);
    // @ts-expect-error what a call returns is a Promise of a DeviceArray
    await expect(f(f(one, { W: one }), { W: one })).rejects.toThrow(
      "call: argument 1 is a Promise (write await before it)",
    );
    // @ts-expect-error what upload returns is a Promise of a tree
    await expect(f(one, upload(real, { W: one }))).rejects.toThrow("call: argument 2 is a Promise (write await");
    // @ts-expect-error what backend.upload returns is a Promise of a DeviceArray
    await expect(f(one, { W: real.upload(one) })).rejects.toThrow("call: argument 2.W is a Promise (write await");
    // @ts-expect-error an argument is missing
    await expect(f(one)).rejects.toThrow("Cannot read properties of undefined (reading 'W')");
    // @ts-expect-error a key is mistyped
    await expect(f(one, { w: one })).rejects.toThrow("mul: argument 2 is undefined; expected a tensor");
    await expect(f(one, { W: wrong("abc") })).rejects.toThrow(
      'call: argument 2.W is the string "abc"; expected arrays',
    );
    await expect(f({ ...one, shape: [2] }, { W: one })).rejects.toThrow("call: argument 1: shape [2] holds 2 elements");
    await expect(upload(real, { a: [{ ...one, dtype: "i32" }] })).rejects.toThrow(
      "upload: the tree.a.0: i32 is held in a Int32Array, received a Float32Array of 1",
    );
  });
});

describe("a tensor is no number", () => {
  test("in JavaScript's operators", () => {
    const symbol = wrong(x) as number;
    // biome-ignore format: an operator a line
    const uses: (() => unknown)[] = [
      () => symbol * 2,
      () => symbol + 1,
      () => -symbol,
      () => symbol > 0,
      // biome-ignore lint/style/useTemplate: a template would be another use
      () => symbol + "",
      // biome-ignore lint/suspicious/noDoubleEquals: it is what is tested
      () => symbol == 1,
      () => Math.max(symbol),
      () => new Float32Array([symbol]),
    ];
    for (const use of uses) {
      expect(use).toThrow(
        expect.objectContaining({
          name: "ArgumentError",
          message: expect.stringContaining("mul(x, 2) for x * 2, greater(x, 0) for x > 0"),
        }),
      );
    }
  });

  test("and no JSON", () => {
    expect(() => JSON.stringify({ loss: of(["T", 3]) })).toThrow(
      expect.objectContaining({ name: "ArgumentError", message: expect.stringContaining("download() that") }),
    );
  });

  test("and prints as one line", () => {
    expect(inspect(add(of(["T", 3]), 1))).toBe("Tensor(f32[T, 3], add)");
    expect(`${zeros([])}`).toBe("Tensor(f32, constant)");
    expect(inspect({ h: x })).toBe("{ h: Tensor(f32[2, 3], placeholder) }");
  });

  test("nor is a DeviceArray, which prints as one line too", async () => {
    for (const backend of [reference(), await cpu(), await ort({ threads: 1 })]) {
      const array = await backend.upload(ndarray([[1, 2]]));
      expect(inspect({ h: array })).toBe(`{ h: DeviceArray(f32[1, 2] on ${backend.name}, live) }`);
      backend.release(array);
      expect(String(array)).toBe(`DeviceArray(f32[1, 2] on ${backend.name}, released)`);
      await backend.close();
    }
  });
});

const { greater, greaterEqual, notEqual } = core;
test.each(Object.entries({ greater, greaterEqual, notEqual }))("%s says its own name and place", (name, compare) => {
  const made = trace((a: Tensor, b: Tensor) => compare(a, b), [type([2, 3]), type([3])]);
  expect(made.program.outputs[0]).toMatchObject({ dtype: "bool", shape: [2, 3] });
  expect(() => compare(x, wrong(undefined))).toThrow(`${name}: argument 2 is undefined; expected a tensor`);
  expect(() => compare(x, zeros([7]))).toThrow(`${name}: shapes [2, 3] and [7] do not broadcast`);
  expect(() => compare(x, zeros([3], "i32"))).toThrow(`${name}: operands are f32[2, 3] and i32[3]`);
});
