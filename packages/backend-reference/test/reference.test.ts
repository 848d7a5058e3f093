import {
  add,
  bind,
  compile,
  constant,
  dim,
  div,
  type EquationEvent,
  exp,
  grad,
  log,
  mul,
  ndarray,
  print,
  printEquation,
  scan,
  select,
  softmax,
  sub,
  sum,
  type Tensor,
  tanh,
  toNested,
  trace,
  type,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { reference } from "../src/index.js";

const failure = (
  promise: Promise<unknown>,
): Promise<{ name: string; message: string; details: Record<string, unknown> }> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );

describe("reference", () => {
  test("runs f64 with the digits of f64", async () => {
    const backend = reference();
    const third = compile(backend, (x: Tensor) => div(1, x));
    const result = await third(ndarray(3, { dtype: "f64" }));
    expect((await backend.download(result)).data[0]).toBe(1 / 3);
  });

  test("binds a Program once for each set of sizes", async () => {
    const backend = reference();
    const programs = new Set<unknown>();
    const watched = reference({ onEquation: ({ program }) => programs.add(program) });
    const { program } = trace((x: Tensor) => [tanh(x)], [type(["T", 2])]);
    const executable = await watched.compile(program, { donate: [false] });
    for (const T of [3, 1, 3, 1, 3]) {
      await executable.run([await watched.upload(ndarray(new Float32Array(2 * T), { shape: [T, 2] }))]);
    }
    expect(programs.size).toBe(2);
    await backend.close();
  });

  test("counts its live arrays", async () => {
    const backend = reference();
    const x = await backend.upload(ndarray([1, 2]));
    const y = await backend.upload(ndarray([1, 2]));
    expect(backend.liveArrays()).toBe(2);
    backend.release(x);
    backend.release(x);
    expect(backend.liveArrays()).toBe(1);
    await backend.close();
    expect([backend.liveArrays(), y.state]).toEqual([0, "released"]);
  });

  test("refuses a Program that is not well formed when it is compiled", async () => {
    const { program } = trace((x: Tensor) => [tanh(x)], [type([2])]);
    const broken = { ...program, inputs: [] };
    await expect(reference().compile(broken, { donate: [] })).rejects.toMatchObject({ name: "TraceError" });
  });

  test("names the input in what it refuses", async () => {
    const backend = reference();
    const { program } = trace((batch: { x: Tensor }) => [tanh(batch.x)], [{ x: type([2]) }]);
    const executable = await backend.compile(program, { donate: [false] });
    const wrong = await backend.upload(ndarray([1, 2, 3]));
    expect((await failure(executable.run([wrong]))).message).toContain("0.x");
    const integers = await backend.upload(ndarray([1, 2], { dtype: "i32" }));
    expect((await failure(executable.run([integers]))).message).toContain("0.x, expected f32, received i32");
  });
});

describe("onEquation", () => {
  test("sees each equation with its inputs and outputs", async () => {
    const events: EquationEvent[] = [];
    const backend = reference({ onEquation: (event) => events.push(event) });
    const { program } = trace((x: Tensor, y: Tensor) => [mul(add(x, y), y)], [type([2]), type([2])]);
    const executable = await backend.compile(program, { donate: [false, false] });
    await executable.run([await backend.upload(ndarray([1, 2])), await backend.upload(ndarray([3, 4]))]);
    expect(events.map(({ node }) => node.op.name)).toEqual(["add", "mul"]);
    expect(events.map(({ inputs }) => inputs.map(toNested))).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [4, 6],
        [3, 4],
      ],
    ]);
    expect(events.map(({ outputs }) => outputs.map(toNested))).toEqual([[[4, 6]], [[12, 24]]]);
    expect(events.map(({ program: inside, node }) => printEquation(inside, node))).toEqual([
      "a: f32[2] = add(0, 1)",
      "b: f32[2] = mul(a, 1)",
    ]);
  });

  test("names the scans and steps around an equation, inner ones first", async () => {
    const places: string[] = [];
    const backend = reference({ onEquation: ({ node, path }) => places.push([...path, node.op.name].join(" / ")) });
    const { program } = trace(
      (x: Tensor) =>
        scan(
          (c: Tensor, row: Tensor) => [scan((d: Tensor, v: Tensor) => [add(d, v), []], c, row)[0], []],
          constant(0),
          x,
          {
            reverse: true,
          },
        )[0],
      [type([2, 1])],
    );
    const bound = bind(program, {});
    await (await backend.compile(bound, { donate: [false] })).run([await backend.upload(ndarray([[1], [2]]))]);
    expect(places.filter((place) => !place.endsWith("constant"))).toEqual([
      "scan / step 1 / scan / step 0 / add",
      "scan / step 1 / scan",
      "scan / step 0 / scan / step 0 / add",
      "scan / step 0 / scan",
      "scan",
    ]);
  });
});

describe("nanCheck", () => {
  const failed = (fn: (x: Tensor) => Tensor, x: number[]) =>
    failure(compile(reference({ nanCheck: true }), fn)(ndarray(x)));

  test("names the first equation that makes NaN or Inf, with its text and the element", async () => {
    const error = await failed((x) => sum(mul(log(x), 0)), [1, 0, 2]);
    expect(error.name).toBe("NonFiniteError");
    expect(error.message).toContain("log: expected finite values, received -Infinity at element 1");
    expect(error.details).toMatchObject({ op: "log", element: 1, value: -Infinity, path: [] });
    expect(error.details.equation).toMatch(/: f32\[3\] = log\(/);
  });

  test("names the scans and the step in which it begins", async () => {
    const grows = (x: Tensor) => scan((c: Tensor, xt: Tensor) => [mul(c, xt), []], constant(1), x)[0];
    const error = await failed(grows, [1e20, 1e18, 1e10, 1]);
    expect(error.details).toMatchObject({ op: "mul", path: ["scan", "step 2"], value: Infinity });
    expect(error.message).toContain("in scan, step 2");
  });

  test("finds it in a gradient", async () => {
    // √x has no slope at 0; here by way of its definition.
    const error = await failed((x) => grad((v: Tensor) => sum(exp(mul(0.5, log(v)))), x), [4, 0]);
    expect(error.details.op).toBe("log");
  });

  test("finds it inside of composites", async () => {
    const error = await failed((x) => softmax(sub(x, mul(x, 1e30))), [1e20, 3e20]);
    expect(error.name).toBe("NonFiniteError");
    expect(error.details.op).toBe("mul");
  });

  test("lets pass what was handed in: masks of -Infinity", async () => {
    const backend = reference({ nanCheck: true });
    const masked = compile(backend, (x: Tensor, on: Tensor) => softmax(select(on, x, -Infinity)));
    const result = await masked(ndarray([1, 2, 3]), ndarray([true, false, true]));
    expect((await backend.download(result)).data[1]).toBe(0);
  });

  test("leaves the inputs of the run that failed alive", async () => {
    const backend = reference({ nanCheck: true });
    const { program } = trace((x: Tensor) => [log(x)], [type([1])]);
    const executable = await backend.compile(program, { donate: [true] });
    const x = await backend.upload(ndarray([0]));
    await failure(executable.run([x]));
    expect(x.state).toBe("live");
  });
});

test("a Program's text and an equation's agree", () => {
  const { program } = trace((x: Tensor) => [tanh(mul(x, x))], [type([dim("B")])]);
  for (const node of program.equations) expect(print(program)).toContain(printEquation(program, node));
});
