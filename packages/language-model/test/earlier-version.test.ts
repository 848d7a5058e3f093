import { readFileSync } from "node:fs";
import { cpu } from "@throughtime/backend-cpu";
import { languageModelTask } from "@throughtime/language-model/task";
import { memoryFiles } from "@throughtime/task";
import { expect, test } from "vitest";
import { opened, said } from "./train-task.js";

const earlier = (name: string) => new Uint8Array(readFileSync(new URL(`earlier/${name}`, import.meta.url)));

test("a file that an earlier version wrote is measured on the same part of its text, and samples as it did", async () => {
  const backend = await cpu();
  const saved = await opened(earlier("language-model.safetensors"));
  const files = memoryFiles({ "text.txt": earlier("text.txt") });
  const { json } = await said(languageModelTask.evaluate, backend, saved, { data: "text.txt" }, { files });
  expect(json).toMatchObject({ step: 20, part: "test", kind: "characters", tokens: 266 });
  expect(json.nats).toBeCloseTo(2.6349518299102783, 5);
  const [sample] = languageModelTask.uses;
  const { json: sampled } = await said(sample as never, backend, saved, { length: 20, seed: 3 });
  expect(sampled).toMatchObject({ text: "fnrwuhfxstfrsxunx xt" });
});
