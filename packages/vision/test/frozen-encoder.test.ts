import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type NdArray, ndarray, sizeOf } from "@throughtime/core";
import type { OnnxRuntime } from "@throughtime/onnx";
import {
  type FrozenEncoderOptions,
  frozenEncoder,
  type ImageFeatures,
  openFrozenEncoder,
  type PreprocessingOptions,
  preprocessing,
  readFrozenDescription,
} from "@throughtime/vision";
import { describe, expect, test } from "vitest";

const require = createRequire(new URL("../../backend-ort/package.json", import.meta.url));
const runtime: OnnxRuntime = require("onnxruntime-node");

const golden = JSON.parse(readFileSync(new URL("goldens/encoders.json", import.meta.url), "utf8")) as {
  readonly pictures: readonly number[];
  readonly models: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, Readonly<Record<string, { shape: number[]; data: number[] }>>>>;
};
const modelOf = (name: string) => new Uint8Array(Buffer.from(golden.models[name] as string, "base64"));
const raw = (options: Partial<PreprocessingOptions> = {}) => preprocessing({ size: [8, 12], scale: 1, ...options });

/** Two pictures, [2, 3, 8, 12]. */
const X: NdArray = { data: Float32Array.from(golden.pictures), shape: [2, 3, 8, 12], dtype: "f32" };
const repeated = (count: number): NdArray => {
  const size = sizeOf([3, 8, 12]);
  const data = new Float32Array(count * size);
  for (let i = 0; i < count; i++) data.set(X.data.subarray((i % 2) * size, ((i % 2) + 1) * size), i * size);
  return { data, shape: [count, 3, 8, 12], dtype: "f32" };
};
const asHwc = ({ data, shape: [n = 0, c = 0, h = 0, w = 0] }: NdArray): NdArray => {
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) {
    const [channel, place, picture] = [i % c, Math.floor(i / c) % (h * w), Math.floor(i / (c * h * w))];
    out[i] = data[(picture * c + channel) * h * w + place] as number;
  }
  return { data: out, shape: [n, h, w, c], dtype: "f32" };
};

async function encoded(name: string, taps: string[], pixels = X, options: Partial<FrozenEncoderOptions> = {}) {
  const how = { model: modelOf(name), taps, runtime, preprocessing: raw(), ...options };
  const encoder = await frozenEncoder(how);
  try {
    return { features: await encoder.encode(pixels), description: encoder.describe(), encoder };
  } finally {
    await encoder.release();
  }
}

const tapOf = (name: string, tap: string) =>
  (golden.expected[name] as Readonly<Record<string, { shape: number[]; data: number[] }>>)[tap] as {
    shape: number[];
    data: number[];
  };

/** What Python's ONNX Runtime says a tap's map is at a place of picture `b`, all channels. */
function vectorAt(name: string, tap: string, b: number, y: number, x: number): number[] {
  const { shape, data } = tapOf(name, tap);
  const [, D = 0, H = 0, W = 0] = shape;
  return Array.from({ length: D }, (_, d) => data[((b * D + d) * H + y) * W + x] as number);
}
const rowOf = ({ grid }: ImageFeatures, place: number) => {
  const D = grid.shape[1] as number;
  return Array.from(grid.data.subarray(place * D, (place + 1) * D));
};
const close = (actual: readonly number[], expected: readonly number[], digits = 5) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => void expect(value).toBeCloseTo(expected[i] as number, digits));
};
const mean = (vectors: readonly (readonly number[])[]) =>
  (vectors[0] as number[]).map((_, d) => vectors.reduce((sum, v) => sum + (v[d] as number), 0) / vectors.length);

describe("a frozen encoder of an ONNX file", () => {
  test("has the grid of an inner value, row by row, and its mean", async () => {
    const { features, description } = await encoded("plain", ["b"]);
    expect(features).toHaveLength(2);
    features.forEach((one, b) => {
      expect([one.height, one.width, one.grid.shape, one.pooled.shape]).toEqual([2, 3, [6, 5], [5]]);
      const vectors = [0, 1, 2, 3, 4, 5].map((place) => vectorAt("plain", "b", b, Math.floor(place / 3), place % 3));
      vectors.forEach((vector, place) => close(rowOf(one, place), vector));
      close(Array.from(one.pooled.data), mean(vectors));
    });
    expect(description).toMatchObject({ taps: ["b"], height: 2, width: 3, gridSize: 5, pooledSize: 5 });
    expect(readFrozenDescription(JSON.parse(JSON.stringify(description)))).toEqual(description);
  });

  test("has several taps side by side, a finer one as means of its places; and vectors as pooled", async () => {
    const [one] = (await encoded("plain", ["b", "scores", "a"])).features as [ImageFeatures];
    expect([one.grid.shape, one.pooled.shape]).toEqual([[6, 9], [7]]);
    const finer = [
      [2, 4],
      [2, 5],
      [3, 4],
      [3, 5],
    ].map(([y, x]) => vectorAt("plain", "a", 0, y as number, x as number));
    close(rowOf(one, 5), [...vectorAt("plain", "b", 0, 1, 2), ...mean(finer)]);
    close(Array.from(one.pooled.data), tapOf("plain", "scores").data.slice(0, 7));
  });

  test("of vectors alone has one place", async () => {
    const [, two] = (await encoded("plain", ["pooled", "scores"])).features as [ImageFeatures, ImageFeatures];
    expect([two.height, two.width, two.grid.shape, two.pooled.shape]).toEqual([1, 1, [1, 12], [12]]);
    const [pooled, scores] = [tapOf("plain", "pooled").data.slice(5), tapOf("plain", "scores").data.slice(7)];
    close(Array.from(two.pooled.data), [...pooled, ...scores]);
  });

  test.each([
    ["whose weights are inputs too, as in old files", "old", "b", X, {}, 5],
    ["of f16", "half", "b", X, {}, 3],
    ["of bytes", "bytes", "b", { ...X, data: (X.data as Float32Array).map((v) => Math.floor(v * 255)) }, {}, 2],
    ["with branches that read values around them", "branches", "b", X, {}, 5],
    ["of [N, H, W, C], with a map of [N, D, H, W] inside", "hwc", "b", asHwc(X), { layout: "hwc" }, 5],
  ] as const)("reads a model %s", async (_, name, tap, pixels, how, digits) => {
    const { features } = await encoded(name, [tap], pixels as NdArray, { preprocessing: raw(how) });
    const [one] = features as [ImageFeatures];
    expect([one.height, one.width, features.length]).toEqual([2, 3, 2]);
    close(rowOf(one, 4), vectorAt(name, tap, 0, 1, 1), digits);
  });

  test("tells maps of [N, H, W, D] by their sides, or is told", async () => {
    const at = { preprocessing: raw({ layout: "hwc" }) };
    const [map] = (await encoded("hwc", ["b_hwc"], asHwc(X), at)).features as [ImageFeatures];
    close(rowOf(map, 4), vectorAt("hwc", "b", 0, 1, 1));
    const { encoder } = await encoded("hwc", ["b_hwc"], asHwc(X), { ...at, mapLayout: "chw" });
    expect([encoder.height, encoder.width, encoder.gridSize]).toEqual([3, 5, 2]);
  });

  test("of a fixed batch takes any number of pictures", async () => {
    const { features } = await encoded("fixed", ["b"], repeated(5));
    expect(features).toHaveLength(5);
    for (const [i, one] of features.entries()) close(rowOf(one, 0), vectorAt("fixed", "b", i % 2, 0, 0));
  });

  test("runs on onnxruntime-web as on onnxruntime-node", async () => {
    const web: OnnxRuntime = require("onnxruntime-web");
    const [mine, other] = [await encoded("plain", ["b", "a"], X, { runtime: web }), await encoded("plain", ["b", "a"])];
    expect(mine.description).toEqual(other.description);
    mine.features.forEach((one, i) => {
      close(Array.from(one.grid.data), Array.from(other.features[i]?.grid.data ?? []));
    });
    const [half] = (await encoded("half", ["b"], X, { runtime: web })).features as [ImageFeatures];
    close(rowOf(half, 4), vectorAt("half", "b", 0, 1, 1), 3);
  });

  test("leaves out what the taps do not need", async () => {
    let given = 0;
    const counting: OnnxRuntime = {
      ...{ Tensor: runtime.Tensor },
      InferenceSession: {
        create(bytes) {
          given = bytes.length;
          return runtime.InferenceSession.create(bytes);
        },
      },
    };
    await encoded("branches", ["b"], X, { runtime: counting });
    expect(modelOf("branches").length).toBeGreaterThan(24_000);
    expect(given).toBeLessThan(4_000);
  });

  test("opened by its description is the same; another file, or another size, is refused", async () => {
    const { description } = await encoded("plain", ["b"]);
    const again = await openFrozenEncoder(description, { model: modelOf("plain"), runtime });
    expect(again.describe()).toEqual(description);
    await again.release();
    await expect(openFrozenEncoder(description, { model: modelOf("fixed"), runtime })).rejects.toThrow(
      /openFrozenEncoder: this is another encoder: its SHA-256 is [0-9a-f]{64}, and [0-9a-f]{64} is expected/,
    );
    await expect(
      openFrozenEncoder({ ...description, gridSize: 6 }, { model: modelOf("plain"), runtime }),
    ).rejects.toThrow("openFrozenEncoder: the encoder's gridSize is 5, and 6 is expected.");
  });
});

describe("what no encoder can be made of", () => {
  const failing = (name: string, taps: string[], options: Partial<FrozenEncoderOptions> = {}) =>
    expect(encoded(name, taps, X, options)).rejects;

  test("a tap that there is not: the names that there are, the nearest first", async () => {
    await failing("plain", ["b", "score"]).toThrow(
      /^frozenEncoder: there is no value score in the model\. There are: scores \(Gemm\), c1 \(Conv\), .*\.$/,
    );
    await failing("plain", ["x"]).toThrow(/there is no value x in the model\. There are: /);
    await failing("plain", ["W1"]).toThrow("there is no value W1");
    await failing("plain", []).toThrow("taps is an array of 0; expected a list of one name or more");
    await failing("plain", ["b", "b"]).toThrow("a tap is named twice: b, b.");
  });

  test("a file that is no ONNX model, is cut, or whose weights stand elsewhere", async () => {
    const of = (model: Uint8Array) => failing("plain", ["b"], { model });
    await of(new TextEncoder().encode("a text, and no model")).toThrow(
      /^frozenEncoder: the model is no ONNX file that can be read: /,
    );
    await of(new Uint8Array()).toThrow("the bytes parse, but hold no graph");
    await of(modelOf("plain").subarray(0, 1000)).toThrow("the model is no ONNX file that can be read");
    await of("model.onnx" as never).toThrow('the model is the string "model.onnx"; expected a Uint8Array');
    await failing("outside", ["b"]).toThrow('the model\'s weights stand in a file of their own ("weights.bin")');
    // What the tap does not need may stand anywhere.
    const { encoder } = await encoded("outside", ["a"]);
    expect(encoder.gridSize).toBe(4);
  });

  test("a model of something else than pictures, or of others", async () => {
    await failing("two-inputs", ["a"]).toThrow(
      "frozenEncoder: the taps are made of x f32[N, 3, 8, 12], mask f32[N, 3, 8, 12]; expected one input, for pictures.",
    );
    const how = { preprocessing: raw({ size: [10, 12] }) };
    await failing("plain", ["b"], how).toThrow(
      'frozenEncoder: the model\'s input x is [N, 3, 8, 12]; the preprocessing makes [B, 3, 10, 12] (layout "chw"). Set its size, channels and layout by the model.',
    );
    await failing("plain", ["b"], { preprocessing: raw({ channels: "gray" }) }).toThrow("makes [B, 1, 8, 12]");
    await failing("hwc", ["b"]).toThrow("the model's input pictures is [1, 8, 12, 3]");
  });

  test("pictures of another shape, and a size that depends on the picture", async () => {
    await expect(encoded("plain", ["b"], ndarray([[[[0]]]]))).rejects.toThrow(
      "encode: the pictures are f32[1, 1, 1, 1]; expected f32[B, 3, 8, 12], by the encoder's preprocessing.",
    );
    const bright = { ...X, data: new Float32Array(X.data.length).fill(0.9) };
    bright.data.fill(0.1, 0, 96);
    await expect(encoded("changing", ["some"], bright)).rejects.toThrow(
      "encode: the tap some is [1, 1, 8, 12], other than on the first run.",
    );
  });

  test("taps whose grids do not fit together, and maps of no picture's form", async () => {
    const size = raw({ size: [8, 12], layout: "hwc" });
    await failing("hwc", ["b_hwc", "a"], { preprocessing: size, mapLayout: "chw" }).toThrow(
      'the taps have grids that do not fit together: "b_hwc" of 3 × 5, "a" of 4 × 6. Choose taps of one grid',
    );
  });

  test("every file with a byte changed is refused by an error of ours, or works", async () => {
    const model = modelOf("plain");
    const names = new Set<string>();
    for (let at = 0; at < model.length; at += 37) {
      const damaged = Uint8Array.from(model);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      await encoded("plain", ["b"], X, { model: damaged }).catch((error: Error) => names.add(error.name));
    }
    for (const name of names) expect(["DataError", "OptionError", "CompileError", "BackendError"]).toContain(name);
  });
});

describe("a description from a file", () => {
  const good = {
    ...{ sha256: "0".repeat(64), taps: ["a"], preprocessing: raw() },
    ...{ height: 2, width: 3, gridSize: 5, pooledSize: 5 },
  };
  test.each([
    ["null", null, "the encoder is null"],
    ["a field too many", { ...good, more: 1 }, 'an encoder has no field "more"'],
    ["no digest", { ...good, sha256: "abc" }, "the encoder's sha256 is no SHA-256"],
    ["no taps", { ...good, taps: [] }, "expected 1 to 64 names"],
    ["a tap that is no name", { ...good, taps: [1] }, "expected 1 to 64 names"],
    ["another layout", { ...good, mapLayout: "x" }, 'expected "chw" or "hwc"'],
    ["a size that is none", { ...good, height: 0.5 }, "the encoder's height is"],
    ["a size without end", { ...good, gridSize: 1e9 }, "the encoder's gridSize is"],
    ["another preprocessing", { ...good, preprocessing: { size: [1, 1] } }, "m.st: the encoder: "],
  ])("with %s is refused", (_, value, message) => {
    expect(() => readFrozenDescription(value, "m.st")).toThrow(message);
    expect(() => readFrozenDescription(value, "m.st")).toThrow(/^m\.st: /);
  });
});
