import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cpu } from "@throughtime/backend-cpu";
import { loadLanguageModel } from "@throughtime/language-model";
import { loadTranslator } from "@throughtime/seq2seq";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ModelFilesApi } from "../pages/model-files.js";
import { bundledPage, gzippedSize } from "./support/bundle.js";
import { chromiumPath, launch, openPage } from "./support/chromium.js";
import { type Server, serve } from "./support/server.js";

/** In pages: what the bundle of pages/model-files.ts puts there. */
declare const modelFiles: ModelFilesApi;

/** Model files that an earlier version wrote. */
const earlier = (name: string) => fileURLToPath(new URL(`../../../packages/${name}/test/earlier/`, import.meta.url));
const TEXTS = ["one five three", "three three", ""];
const HOW = { length: 30, seed: 3 };

test.each([
  ["loadTranslator", "@throughtime/seq2seq"],
  ["loadLanguageModel", "@throughtime/language-model"],
])("a page with %s and cpu() downloads at most 89 KB, gzipped", async (loader, name) => {
  const size = await gzippedSize(
    `export { ${loader} } from "${name}"; export { cpu } from "@throughtime/backend-cpu";`,
  );
  expect(size).toBeGreaterThan(40_000);
  expect(size).toBeLessThanOrEqual(89_000);
});

const path = chromiumPath();

describe.skipIf(path === undefined)("in Chromium", () => {
  let browser: Browser;
  let server: Server;
  let bundle: Awaited<ReturnType<typeof bundledPage>>;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    bundle = await bundledPage("model-files");
    server = await serve({ "/": bundle.folder, "/lm/": earlier("language-model"), "/mt/": earlier("seq2seq") });
    browser = await launch(path as string);
    ({ page, problems } = await openPage(browser, server.origin));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    bundle?.dispose();
  });

  test("a page opens a language model from a Blob, and it writes what it writes in Node", async () => {
    const written = await page.evaluate((how) => modelFiles.write("/lm/language-model.safetensors", how), HOW);
    const backend = await cpu();
    const model = await loadLanguageModel(readFileSync(`${earlier("language-model")}language-model.safetensors`), {
      backend,
    });
    let text = "";
    for await (const piece of model.write(HOW)) text += piece;
    model.release();
    await backend.close();
    expect(written).toBe(text);
    expect(written).toHaveLength(30);
    expect(problems).toEqual([]);
  });

  test("a page opens a translator that it fetched, and it translates as in Node", async () => {
    const written = await page.evaluate((texts) => modelFiles.translate("/mt/translator.safetensors", texts), TEXTS);
    const backend = await cpu();
    const translator = await loadTranslator(readFileSync(`${earlier("seq2seq")}translator.safetensors`), { backend });
    const all: string[] = [];
    for await (const { text } of translator.translate(TEXTS)) all.push(text);
    translator.release();
    await backend.close();
    expect(written).toEqual(all);
    expect(written[0]).not.toBe("");
    expect(problems).toEqual([]);
  });

  test("a file of the other task is refused by name in a page too", async () => {
    const error = await page.evaluate(() =>
      modelFiles.translate("/lm/language-model.safetensors", []).catch((thrown: Error) => thrown.message),
    );
    expect(error).toMatch(/it is a model of the task "language-model", not a translator/);
  });
});
