import { requireRead } from "@throughtime/task";
import { expect, test } from "vitest";

test("an option that nothing reads is an error where it is given", () => {
  const given =
    (...names: string[]) =>
    (name: string) =>
      names.includes(name);
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
