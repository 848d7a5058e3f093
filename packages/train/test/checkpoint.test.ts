import { key, type NdArray, ndarray } from "@throughtime/core";
import { encodeSafetensors } from "@throughtime/interop";
import { describe, expect, it } from "vitest";
import { BLANK_SEAL, seal } from "../src/checkpoint/seal.js";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, memoryStore } from "../src/index.js";

const small = (): Checkpoint => ({
  step: 3,
  epoch: 1,
  cursor: { at: [1, 2], lane: "λ" },
  key: key(2 ** 40 + 7),
  schedule: { factor: 0.1, best: null, bad: 0, cooling: 0 },
  stopping: { best: 1 / 3, bestStep: 2, since: 1 },
  description: { cell: "gru", alphabet: ["a", "\n", "🐋", '"sha256":"'] },
  params: {
    layers: [
      {
        W: ndarray([
          [1.5, -2],
          [0, 1e-40],
        ]),
      },
      { W: ndarray([Number.NaN]) },
    ],
    empty: {},
  },
  optimizer: {
    layers: [
      {
        W: {
          m: ndarray([
            [1, 2],
            [3, 4],
          ]),
          v: ndarray(
            [
              [1, 2],
              [3, 4],
            ],
            { dtype: "f64" },
          ),
        },
      },
      { W: {} },
    ],
    empty: {},
  },
  carry: { h: ndarray([1, -2, 3], { dtype: "i32" }), on: ndarray([true, false]) },
});

const refused = async (bytes: Uint8Array) => {
  const error = await decodeCheckpoint(bytes).then(
    () => undefined,
    (caught: Error) => caught,
  );
  expect(error?.name, `${bytes.length} bytes`).toBe("CheckpointError");
  return (error as Error).message;
};

describe("a checkpoint", () => {
  it("comes back as it went, to the last bit", async () => {
    expect(await decodeCheckpoint(await encodeCheckpoint(small()))).toEqual(small());
  });

  it("is read from a Buffer of Node, whose slice() is no copy, without a change to it; a store keeps a copy of one", async () => {
    const file = Buffer.from(await encodeCheckpoint(small()));
    const before = [...file];
    for (const _ of [1, 2]) expect(await decodeCheckpoint(file)).toEqual(small());
    expect([...file]).toEqual(before);
    const store = memoryStore();
    await store.write("a", file);
    file.fill(0);
    (await store.read("a")).fill(1);
    expect([...(await store.read("a"))]).toEqual(before);
  });

  it("is the same bytes whenever it is the same", async () => {
    expect(await encodeCheckpoint(small())).toEqual(await encodeCheckpoint(small()));
  });

  it("names its tensors by their paths, so that any reader of safetensors can use it", async () => {
    const bytes = await encodeCheckpoint(small());
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + new DataView(bytes.buffer).getUint32(0, true)));
    const names = Object.keys(JSON.parse(header)).filter((name) => name !== "__metadata__");
    expect(names.sort()).toEqual([
      "carry.h",
      "carry.on",
      "optimizer.layers.0.W.m",
      "optimizer.layers.0.W.v",
      "params.layers.0.W",
      "params.layers.1.W",
    ]);
  });

  it("cannot hold two tensors at one path", async () => {
    const twice = { ...small(), params: { "a.b": ndarray([1]), a: { b: ndarray([2]) } } };
    await expect(encodeCheckpoint(twice)).rejects.toThrow(/two tensors are at the path params\.a\.b/);
  });
});

describe("a damaged checkpoint is a CheckpointError that says what is wrong", () => {
  it("truncated at every length", async () => {
    const bytes = await encodeCheckpoint(small());
    for (let length = 0; length < bytes.length; length++) {
      const message = await refused(bytes.slice(0, length));
      // Once the header tells its length, the message does.
      expect(message).toMatch(
        length < 60
          ? /truncated|holds no SHA-256|damaged/
          : `truncated: it has ${length} bytes and says ${bytes.length}`,
      );
    }
  });

  it("with any byte changed, by any one bit or to any other value", async () => {
    const bytes = await encodeCheckpoint(small());
    for (let at = 0; at < bytes.length; at++) {
      const changes = [1 << (at % 8), 0xff, 1 + ((at * 151) % 254)];
      for (const change of new Set(changes)) {
        const changed = bytes.slice();
        changed[at]! ^= change;
        await refused(changed);
      }
    }
  }, 60_000);

  it("with bytes added", async () => {
    const bytes = await encodeCheckpoint(small());
    expect(await refused(new Uint8Array([...bytes, 0]))).toMatch(/longer than it was written/);
  });

  it("as a safetensors file that no training wrote", async () => {
    const foreign = encodeSafetensors({ W: ndarray([1, 2]) }, { format: "pt" });
    expect(await refused(foreign)).toMatch(/no SHA-256; it is damaged, or not a checkpoint that train wrote/);
  });

  it("as no safetensors file at all", async () => {
    await refused(new TextEncoder().encode("Call me Ishmael. Some years ago — never mind how long precisely"));
    await refused(new Uint8Array(4096).fill(0xff));
    await refused(new Uint8Array(4096));
  });
});

describe("a checkpoint that is sealed and yet wrong is a CheckpointError", () => {
  const sealed = async (tensors: Record<string, NdArray>, metadata: Record<string, string>) => {
    const bytes = encodeSafetensors(tensors, { ...BLANK_SEAL, format: "throughtime checkpoint 1", ...metadata });
    await seal(bytes);
    return bytes;
  };
  const leaf = { kind: "leaf" };
  const structure = (of: object) =>
    JSON.stringify({
      kind: "object",
      keys: ["params", "optimizer", "carry"],
      items: [of, { kind: "array", items: [] }, { kind: "array", items: [] }],
    });
  const training = JSON.stringify({
    step: 1,
    epoch: 0,
    cursor: 0,
    key: [0, 1],
    schedule: null,
    stopping: {},
    description: null,
  });

  it("of another format", async () => {
    expect(
      await refused(await sealed({}, { format: "throughtime checkpoint 9", structure: structure(leaf), training })),
    ).toMatch(/format is "throughtime checkpoint 9"; this version reads/);
  });
  it("with a tensor missing", async () => {
    expect(await refused(await sealed({}, { structure: structure(leaf), training }))).toMatch(
      /tensor "params" is missing/,
    );
  });
  it("with a tensor too many", async () => {
    const bytes = await sealed({ params: ndarray([1]), more: ndarray([1]) }, { structure: structure(leaf), training });
    expect(await refused(bytes)).toMatch(/tensors that belong to nothing/);
  });
  const bad: [string, Record<string, string>][] = [
    ["without metadata", {}],
    ["with metadata that is not JSON", { structure: "{", training }],
    ["with a structure that is none", { structure: "[]", training }],
    [
      "with a structure that never ends",
      { structure: `${'{"kind":"array","items":['.repeat(50_000)}${"]}".repeat(50_000)}`, training },
    ],
    [
      "that nests without end",
      { structure: structure(leaf), training: `{"step":1,"key":[],"description":${"[".repeat(1e6)}` },
    ],
    ["without a step", { structure: structure(leaf), training: "{}" }],
    ["with null for all", { structure: "null", training: "null" }],
  ];
  for (const [name, metadata] of bad) {
    it(name, async () => {
      expect(await refused(await sealed({ params: ndarray([1]) }, metadata))).toMatch(/^checkpoint: /);
    });
  }
});

it("a store in memory keeps what was written, apart from what its caller does with it", async () => {
  const store = memoryStore();
  const bytes = Uint8Array.of(1, 2, 3);
  await store.write("a", bytes);
  bytes[0] = 9;
  expect(await store.read("a")).toEqual(Uint8Array.of(1, 2, 3));
  expect(await store.list()).toEqual(["a"]);
  await expect(store.read("b")).rejects.toMatchObject({ name: "CheckpointError" });
});
