import { reference } from "@throughtime/backend-reference";
import { key, mean, mul, ndarray, sub } from "@throughtime/core";
import { batchesOf, evaluate, type Json, memoryStore, type Source, sgd, train } from "@throughtime/train";
import { expect, test } from "vitest";

const letters = [..."abcdefghij"];
const collate = (some: readonly string[]) => some.join("");

async function read(source: Source<string>, count: number, cursor: Json = source.start) {
  const found = [];
  let at: Json = cursor;
  for (let i = 0; i < count; i++) {
    const next = await source.next(at);
    if (!next) throw new Error("the source has an end.");
    found.push(next);
    at = next.cursor;
  }
  return found;
}

test("each pass has each example once, the last batch what is left", async () => {
  const source = batchesOf(letters, { batch: 4, collate });
  expect(source.stepsPerEpoch).toBe(3);
  const found = await read(source, 6);
  expect(found.map(({ batch }) => batch)).toEqual(["abcd", "efgh", "ij", "abcd", "efgh", "ij"]);
  expect(found.map(({ units }) => units)).toEqual([4, 4, 2, 4, 4, 2]);
  expect(found.map(({ epoch }) => epoch)).toEqual([0, 0, 0, 1, 1, 1]);
  expect(found.map(({ reset }) => reset)).toEqual([true, false, false, true, false, false]);
});

test("with a key each pass has another order, which is a pure function of key and pass", async () => {
  const source = () => batchesOf(letters, { batch: 4, collate, key: key(7), units: () => 9 });
  const found = await read(source(), 9);
  const passes = [0, 1, 2].map((epoch) =>
    found
      .slice(3 * epoch, 3 * epoch + 3)
      .map(({ batch }) => batch)
      .join(""),
  );
  expect(new Set([...passes, letters.join("")]).size).toBe(4);
  for (const pass of passes) expect([...pass].sort()).toEqual(letters);
  expect(found[0]?.units).toBe(9);
  // One that goes on in the middle of a pass has never seen its beginning.
  expect(await read(source(), 4, found[3]?.cursor)).toEqual(found.slice(4, 8));
  expect(await read(batchesOf(letters, { batch: 4, collate, key: key(8), units: () => 9 }), 3)).not.toEqual(
    found.slice(0, 3),
  );
});

test("what is trained on it is resumed exactly, and measured over one pass", async () => {
  const points = [0.5, -1, 2, 1, -0.5];
  const made = () => ({ x: ndarray([0]) });
  const loss = ({ w }: { w: ReturnType<typeof made>["x"] }, { batch }: { batch: { x: typeof w } }) => {
    const error = sub(mul(w, batch.x), batch.x);
    return { loss: mean(mul(error, error)) };
  };
  const run = async (steps: number, store = memoryStore()) => {
    const source = batchesOf(points, { batch: 2, key: key(3), collate: (some) => ({ x: ndarray(some) }) });
    const training = train({
      ...{ backend: reference(), params: { w: ndarray(0) }, optimizer: sgd({ learningRate: 0.1 }), source, steps },
      ...{ loss: loss as never, checkpoint: { store }, resume: "auto" },
    });
    for await (const _ of training);
    return { store, params: (await training.snapshot()).params };
  };
  const whole = await run(8);
  const { store } = await run(4);
  expect((await run(8, store)).params).toEqual(whole.params);
  const measured = await evaluate({
    ...{ backend: reference(), params: { w: ndarray(0) }, loss: loss as never },
    source: batchesOf(points, { batch: 2, collate: (some) => ({ x: ndarray(some) }) }),
  });
  expect(measured.loss).toBeCloseTo((0.25 + 1 + 4 + 1 + 0.25) / 5, 5);
  expect(measured.units).toBe(5);
});

test("no examples, and a batch of none, are errors", () => {
  expect(() => batchesOf([], { batch: 2, collate })).toThrow("batchesOf: there are no examples. Give it at least one.");
  expect(() => batchesOf(letters, { batch: 0, collate })).toThrow(
    "batch must be an integer of at least 1, received 0.",
  );
  expect(() => batchesOf(new Set(letters) as never, { batch: 2, collate })).toThrow("batchesOf: the examples");
  expect(() => batchesOf(letters, { batch: 2, collate: "ab" as never })).toThrow("batchesOf: collate");
});
