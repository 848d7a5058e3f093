import { createRequire } from "node:module";
import {
  constant,
  evaluateProgram,
  flattenTree,
  foldIn,
  isNdArray,
  key,
  mapTree,
  type NdArray,
  ndarray,
  normal,
  type Tensor,
  trace,
} from "@throughtime/core";
import { describe, expect, test } from "vitest";
import { seq2seqToOnnx } from "../src/index.js";
import { MODELS, VT } from "./models.js";

// What a stranger has: ONNX Runtime, and nothing of these packages.
const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
}
interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => unknown;
}
const { InferenceSession, Tensor: OrtTensor }: Runtime = require("onnxruntime-node");

const i32 = (values: readonly number[] | readonly (readonly number[])[]) => ndarray(values, { dtype: "i32" });
const SOURCE = i32([
  [3, 4, 5],
  [6, 1, 2],
  [2, 5, 0],
  [4, 0, 0],
]);
const LENGTHS = i32([4, 3, 2]);
const WORDS = [
  [1, 1, 1],
  [4, 5, 9],
  [9, 7, 2],
];

describe.each(MODELS)("%s", (_, model) => {
  let salt = 0;
  const params = mapTree(model.init(key(1)), isNdArray, ({ shape }) => normal(foldIn(key(3), salt++), shape)) as never;

  test("as two ONNX files says what it says here", async () => {
    const written = seq2seqToOnnx(model, params, { metadata: { task: "translate" } });
    const options = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
    const encoder = await InferenceSession.create(written.encoder, options);
    const step = await InferenceSession.create(written.step, options);
    const tensor = ({ data, shape }: NdArray) => new OrtTensor("int32", data, shape);
    let known: Record<string, unknown> = {
      ...(await encoder.run({ source: tensor(SOURCE), lengths: tensor(LENGTHS) })),
    };
    const said: Float32Array[] = [];
    for (const row of WORDS) {
      const feeds = Object.fromEntries(step.inputNames.map((name) => [name, known[name]]));
      const result = await step.run({ ...feeds, word: tensor(i32(row)) });
      said.push(result.logits?.data as Float32Array);
      const next = Object.entries(result).filter(([name]) => name.startsWith("next_"));
      known = {
        ...known,
        ...Object.fromEntries(next.map(([name, value]) => [name.replace("next_", "state_"), value])),
      };
    }

    const run = (p: never, source: Tensor, lengths: Tensor) => {
      let encoded = model.encode(p, source, lengths);
      return WORDS.map((row) => {
        const { logits, state } = model.step(p, encoded, constant(i32(row)));
        encoded = { ...encoded, state };
        return logits;
      });
    };
    const args = [params, SOURCE, LENGTHS];
    const { program } = trace(run as (...a: unknown[]) => unknown, args);
    evaluateProgram(program, flattenTree(args, isNdArray).leaves).forEach((expected, t) => {
      expect(said[t]).toHaveLength(3 * VT);
      expected.data.forEach((value, k) => expect(said[t]?.[k]).toBeCloseTo(value, 4));
    });
  });
});
