import {
  add,
  bind,
  compile,
  crossEntropy,
  type DeviceArray,
  dim,
  download,
  gather,
  matmul,
  mean,
  mul,
  type NdArray,
  type Program,
  type Sizes,
  scan,
  sigmoid,
  split,
  sub,
  type Tensor,
  tanh,
  trace,
  type,
  upload,
  valueAndGrad,
  zeros,
} from "@throughtime/core";
import { difference, evaluateInF64 } from "../compare.js";
import { type Case, type Context, fail } from "./case.js";
import { indices, operand, valuesOf } from "./values.js";

interface Params {
  readonly E: Tensor;
  readonly W: Tensor;
  readonly U: Tensor;
  readonly b: Tensor;
  readonly V: Tensor;
}

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const [VOCABULARY, FEATURES, HIDDEN] = [11, 6, 8];

/** h′, c′ of an LSTM, gates i f o g. */
const lstm = (p: Params, { h, c }: { h: Tensor; c: Tensor }, x: Tensor): { h: Tensor; c: Tensor } => {
  const [i, f, o, g] = split(add(matmul(x, p.W), matmul(h, p.U), p.b), 4);
  const cNext = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
  return { h: mul(sigmoid(o), tanh(cNext)), c: cNext };
};

/** A language model: embedding, LSTM, a product with the vocabulary, mean cross entropy in nats. */
function lossOf(p: Params, { x, y }: Batch): Tensor {
  const B = x.shape[1] as Tensor["shape"][number];
  const state = { h: zeros([B, HIDDEN]), c: zeros([B, HIDDEN]) };
  const [, hs] = scan(
    (s: typeof state, xt: Tensor) => {
      const next = lstm(p, s, xt);
      return [next, next.h];
    },
    state,
    gather(p.E, x),
  );
  return mean(crossEntropy(matmul(hs, p.V), y));
}

const RATE = 0.5;

/** One step of SGD. */
function sgd(params: Params, batch: Batch): { params: Params; loss: Tensor } {
  const [loss, g] = valueAndGrad((p: Params) => lossOf(p, batch), params);
  const moved = (name: keyof Params): Tensor => sub(params[name], mul(g[name], RATE));
  return { params: { E: moved("E"), W: moved("W"), U: moved("U"), b: moved("b"), V: moved("V") }, loss };
}

const shapes: Readonly<Record<keyof Params, readonly number[]>> = {
  E: [VOCABULARY, FEATURES],
  W: [FEATURES, 4 * HIDDEN],
  U: [HIDDEN, 4 * HIDDEN],
  b: [4 * HIDDEN],
  V: [HIDDEN, VOCABULARY],
};
const names = Object.keys(shapes) as (keyof Params)[];

const initial = (): Record<keyof Params, NdArray> =>
  Object.fromEntries(
    names.map((name) => {
      const array = valuesOf(`train ${name}`, [operand(shapes[name])])[0] as NdArray;
      return [name, { ...array, data: array.data.map((value) => value * 0.2) }];
    }),
  ) as Record<keyof Params, NdArray>;

const batchOf = (sizes: Sizes): { x: NdArray; y: NdArray } => {
  const shape = [sizes.T as number, sizes.B as number];
  const [x, y] = valuesOf(`batch ${shape}`, [indices(shape, VOCABULARY), indices(shape, VOCABULARY)]) as [
    NdArray,
    NdArray,
  ];
  return { x, y };
};

/** The same steps in f64, straight from the Program as it was traced, before any pass. */
function exactSteps(plan: readonly Sizes[]): { losses: number[]; params: NdArray[] } {
  const steps = [dim("T"), dim("B")];
  const paramTypes = Object.fromEntries(names.map((name) => [name, type(shapes[name])]));
  const { program } = trace(sgd, [paramTypes, { x: type(steps, "i32"), y: type(steps, "i32") }]);
  let params = names.map((name) => initial()[name]);
  const losses: number[] = [];
  const bound = new Map<string, Program>();
  for (const sizes of plan) {
    const { x, y } = batchOf(sizes);
    const id = JSON.stringify(sizes);
    const at = bound.get(id) ?? bind(program, sizes);
    bound.set(id, at);
    const outputs = evaluateInF64(at, [...params, x, y]);
    params = outputs.slice(0, names.length);
    losses.push(outputs[names.length]?.data[0] as number);
  }
  return { losses, params };
}

/** Several steps with the state resident on the backend and donated to each. */
async function checkTraining({ backend, tolerance }: Context, plan: readonly Sizes[], named: boolean): Promise<void> {
  const step = compile(backend, sgd, {
    donate: 0,
    ...(named ? { dims: [null, { x: ["T", "B"], y: ["T", "B"] }] } : {}),
  });
  const allowed = tolerance("train", "f32");
  const exact = exactSteps(plan);
  let params = (await upload(backend, initial())) as unknown as Record<keyof Params, DeviceArray>;
  for (const [i, sizes] of plan.entries()) {
    const result = await step(params, batchOf(sizes));
    params = result.params as unknown as Record<keyof Params, DeviceArray>;
    const loss = (await backend.download(result.loss)).data[0] as number;
    backend.release(result.loss);
    const expected = exact.losses[i] as number;
    if (!(Math.abs(loss - expected) <= (allowed.absolute ?? 0) + (allowed.ofLargest ?? 0) * expected)) {
      fail(`the loss of step ${i} is ${loss}, expected ${expected}`);
    }
  }
  const host = (await download(backend, params)) as unknown as Record<keyof Params, NdArray>;
  names.forEach((name, i) => {
    const wrong = difference(host[name], exact.params[i] as NdArray, allowed);
    if (wrong) fail(`after ${plan.length} steps ${name}: ${wrong}`);
    backend.release(params[name]);
  });
  const programs = step.programs().length;
  if (named && programs !== 1) fail(`one Program serves all named sizes, but ${programs} were compiled`);
  step.release();
}

/** `train/…`: whole training steps of an LSTM language model, forward, backward through time and SGD, as one Program. */
export const trainingCases = (): Case[] => [
  {
    name: "train/lstm",
    run: (context) => checkTraining(context, Array<Sizes>(6).fill({ T: 7, B: 3 }), false),
  },
  {
    name: "train/lstmNamedSizes",
    run: (context) =>
      checkTraining(
        context,
        [
          { T: 7, B: 3 },
          { T: 2, B: 5 },
          { T: 1, B: 1 },
          { T: 7, B: 3 },
          { T: 12, B: 2 },
        ],
        true,
      ),
  },
];
