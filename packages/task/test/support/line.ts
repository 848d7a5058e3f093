import {
  add,
  DataError,
  foldIn,
  key,
  mean,
  mul,
  type NdArray,
  ndarray,
  normal,
  scalar,
  sub,
  type Tensor,
} from "@throughtime/core";
import {
  linesOf,
  memoryFiles,
  options,
  requireFields,
  requireMeasurable,
  requireSize,
  requireTask,
  type Saved,
  type Task,
  trainingOptions,
} from "@throughtime/task";
import { sourceOf } from "@throughtime/train";

type Line<A> = { a: A; b: A };
type Points<A> = { x: A; y: A };

const loss = ({ a, b }: Line<Tensor>, { batch: { x, y } }: { batch: Points<Tensor> }) => {
  const error = sub(add(mul(a, x), b), y);
  return { loss: mean(mul(error, error)) };
};

const TRAIN = options({
  data: { type: "string", format: "path", default: "points.tsv", free: true, description: "x, tab, y on each line" },
  batch: { type: "integer", minimum: 1, default: 4, description: "points in a step" },
  start: { type: "number", format: "float", default: 0, description: "the slope to begin with" },
  shape: { type: "string", enum: ["line", "level"], default: "line", description: "level: the data decide" },
  parameters: { type: "integer", minimum: 1, default: 2, description: "what the model is said to have" },
  ...trainingOptions({ epochs: 2, optimizer: "sgd", learningRate: 0.1, validation: 0.2, test: 0, unit: "points" }),
});

/** The smallest task: y = a·x + b from points in a file. */
export const lineTask: Task<object, typeof TRAIN> = {
  ...{ name: "line", kind: "line", noun: "line", loader: "loadLine of a-package" },
  train: {
    ...{ summary: "a line", description: "Fits a line.", options: TRAIN, examples: [], epochs: 2 },
    preset: ({ shape }) => (shape === "level" ? { batch: 2, learningRate: 0.05 } : {}),
    async prepare(values, { files }) {
      requireMeasurable(values);
      const points: [number, number][] = [];
      for await (const line of linesOf(files, values.data)) {
        const [x, y] = line.split("\t").map(Number);
        if (!Number.isFinite(x) || !Number.isFinite(y)) throw new DataError(`"${line}" is not x, tab, y.`);
        points.push([x as number, y as number]);
      }
      const kept = Math.round(points.length * values.validation);
      const batchOf = (some: readonly (readonly [number, number])[]): Points<NdArray> => ({
        x: ndarray(some.map(([x]) => x)),
        y: ndarray(some.map(([, y]) => y)),
      });
      const train = points.slice(kept);
      const stepsPerEpoch = Math.ceil(train.length / values.batch);
      const at = (i: number, epoch: number) => (i * 7 + epoch) % train.length;
      const { start, batch } = values;
      return {
        description: { model: { slope: start }, data: { points: points.length } },
        options: { shape: "level" },
        ...{ size: values.parameters, sizeOptions: "--parameters", loss, stepsPerEpoch },
        init: (seed) => ({ a: scalar(start + (normal(foldIn(seed, 0), [1]).data[0] as number)), b: scalar(0) }),
        source: sourceOf({
          stepsPerEpoch,
          batchAt: (i, epoch) =>
            batchOf(Array.from({ length: batch }, (_, k) => train[at(i + k, epoch)] as [number, number])),
        }),
        ...(kept > 0 && {
          validation: { source: sourceOf({ stepsPerEpoch: 1, batchAt: () => batchOf(points.slice(0, kept)) }) },
          validated: async ({ step, params, key: own }) => {
            const { a } = params as Line<NdArray>;
            return { fields: { slope: a.data[0] as number, step, drawn: normal(own, [1]).data[0] as number } };
          },
        }),
        ...{ unit: "points", introduction: [`${points.length} points`], facts: {} },
        lossText: (value) => `${value.toFixed(3)} squared`,
      };
    },
  },
  read(saved: Saved) {
    requireTask(saved, lineTask);
    const { model } = saved.checkpoint.description as unknown as { model: object };
    requireFields(saved.path, "model", model, { slope: "number" });
    requireSize(saved.path, saved.checkpoint.params, 2);
    return model;
  },
  evaluate: {
    ...{ name: "eval", summary: "measure", description: "Says the slope.", options: {}, examples: [] },
    async *run({ checkpoint }) {
      const { a } = checkpoint.params as Line<NdArray>;
      yield { text: `${a.data[0]}\n`, json: { slope: a.data[0] } };
    },
  },
  uses: [],
};

const xs = normal(key(3), [40]).data;

/** Points of y = 2x − 1. */
export const LINE = {
  files: memoryFiles({
    "points.tsv": Array.from(xs, (x) => `${x}\t${2 * x - 1}\n`).join(""),
    "words.tsv": "one\ttwo\n",
  }),
};
