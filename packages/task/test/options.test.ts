import { flagOf, options, requireRead, requireSame, trainingOptions, valuesOf } from "@throughtime/task";
import { expect, expectTypeOf, test } from "vitest";

const given =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name);

const OPTIONS = options({
  data: { type: "string", format: "path", free: true, description: "a file" },
  cell: { type: "string", enum: ["gru", "lstm"], default: "gru", description: "the cell" },
  hidden: { type: "integer", default: 64, description: "the state" },
  rate: { type: "number", description: "a rate" },
  greedy: { type: "boolean", description: "or not" },
});

test("values have the defaults, and what is given over them; their types say so", () => {
  const values = valuesOf(OPTIONS, { rate: 0.5, hidden: 8 });
  expect(values).toEqual({ cell: "gru", hidden: 8, rate: 0.5 });
  expectTypeOf(values.cell).toEqualTypeOf<"gru" | "lstm">();
  expectTypeOf(values.hidden).toEqualTypeOf<number>();
  expectTypeOf(values.rate).toEqualTypeOf<number | undefined>();
  expectTypeOf(values.data).toEqualTypeOf<string | undefined>();
  expectTypeOf(values.greedy).toEqualTypeOf<boolean | undefined>();
  expect(valuesOf(OPTIONS)).toEqual({ cell: "gru", hidden: 64 });
  const task = { epochs: 3, optimizer: "adam", learningRate: 0.01, validation: 0.1, test: 0, unit: "pairs" } as const;
  expect(valuesOf(trainingOptions(task))).toEqual({
    ...{ optimizer: "adam", learningRate: 0.01, schedule: "cosine", warmUp: 0, clip: 1 },
    ...{ validation: 0.1, test: 0, patience: 0, seed: 1 },
  });
});

test("a name is a flag of the command line", () => {
  expect(["data", "learningRate", "topK"].map(flagOf)).toEqual(["--data", "--learning-rate", "--top-k"]);
});

test("what goes on with something has its options; those that are free may be others", () => {
  const same = (values: object, names: string[], has: Readonly<Record<string, unknown>>) => () =>
    requireSame(OPTIONS, { ...values }, given(...names), has, "the model in a", "--from begins with it");
  same({ data: "b", hidden: 8 }, ["data", "hidden"], { data: "a", hidden: 8 })();
  // A default that nobody chose is no wish.
  same({ hidden: 64 }, [], { hidden: 8 })();
  same({ rate: 0.5, unknown: 1 }, ["unknown"], {})();
  expect(same({ hidden: 64 }, ["hidden"], { hidden: 8 })).toThrow(
    "--hidden 64: the model in a has 8, and --from begins with it. Leave it out, or train anew in another folder.",
  );
  expect(same({ rate: 0 }, ["rate"], { rate: null })).toThrow("--rate 0: the model in a has none, and --from");
});

test("an option that nothing reads is an error where it is given", () => {
  const readers = { merges: ["bpe"], case: ["words", "bpe"] };
  requireRead(readers, "tokens", ["bpe"], given("merges", "case"));
  requireRead(readers, "tokens", ["characters"], given());
  requireRead(readers, "tokens", ["characters", "bpe"], given("merges"));
  expect(() => requireRead(readers, "tokens", ["characters"], given("case"))).toThrow(
    "--case is for --tokens words or bpe; it does nothing for characters. Leave it out.",
  );
  expect(() => requireRead(readers, "tokens", ["words", "words"], given("merges"))).toThrow(
    "--merges is for --tokens bpe; it does nothing for words. Leave it out.",
  );
});
