import { reference } from "@throughtime/backend-reference";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackendName } from "../pages/backends.js";
import type { PageApi } from "../pages/main.js";
import { trainLstm } from "../pages/training.js";
import { bundledPage, ORT_FILES } from "./support/bundle.js";
import { chromiumPath, launch, NO_CHROMIUM, openPage } from "./support/chromium.js";
import { type Server, serve } from "./support/server.js";

/** In pages: what the bundle of pages/main.ts puts there. */
declare const throughtime: PageApi;

/** `npm run test:browser` runs all of the suite on everything. */
const whole = process.env.BROWSER_TESTS === "whole";

/** Ops with a lowering of ours for WebGPU. The LSTM's training step has the usual ones. */
const GPU_OPS = "log|log1p|neg|sign|scatterAdd|max|select";

/**
 * What npm test runs of the suite, and how many tests that is at least: of ONNX Runtime on WebAssembly all but what only
 * repeats itself in other shapes, and with threads what is large enough for two. Over SwiftShader a kernel takes 25 ms and its shader a second, so of WebGPU it is some ops
 * at one shape, loops and ownership; Node's test runs all of it.
 */
const SUITES: Partial<Record<BackendName, { readonly only?: string; readonly least: number }>> = {
  cpu: { least: 1400 },
  threads: whole ? { least: 1400 } : { only: "/large$|^(?!op/|gradient/|random/)", least: 80 },
  wasm: whole ? { least: 1400 } : { only: "^(?!op/.*/(large|empty|one)$|gradient/|random/)", least: 300 },
  webgpu: whole ? { least: 1100 } : { only: `^(op/(${GPU_OPS})/f32/odd$|scan/[a-c]|donation|run|leaks)`, least: 10 },
  ...(whole ? { jspi: { least: 1100 } } : {}),
};

const path = chromiumPath();
if (path === undefined) process.stdout.write(`Skipped: ${NO_CHROMIUM}.\n`);

describe.skipIf(path === undefined)("in Chromium", { timeout: whole ? 1_200_000 : 300_000 }, () => {
  let browser: Browser;
  let server: Server;
  let bundle: Awaited<ReturnType<typeof bundledPage>>;

  beforeAll(async () => {
    bundle = await bundledPage();
    server = await serve({ "/": bundle.folder, "/ort/": ORT_FILES });
    browser = await launch(path as string);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    bundle?.dispose();
  });

  test("a page is cross-origin isolated, and what goes wrong in it is noticed", async () => {
    const { page, problems } = await openPage(browser, server.origin);
    expect(await page.evaluate(() => throughtime.isolated())).toBe(true);
    await page.evaluate(async () => {
      console.error("a complaint");
      setTimeout(() => {
        throw new Error("a mishap");
      });
      await fetch("http://elsewhere.invalid/").catch(() => undefined);
    });
    await page.close();
    for (const problem of [/console: a complaint/, /page error: .*a mishap/, /requested http:\/\/elsewhere\.invalid\//])
      expect(problems).toContainEqual(expect.stringMatching(problem));
  });

  describe.each(Object.entries(SUITES) as [BackendName, { only?: string; least: number }][])(
    "%s",
    (name, { only, least }) => {
      // One page for both: what it compiled serves twice.
      let opened: Awaited<ReturnType<typeof openPage>>;
      beforeAll(async () => {
        opened = await openPage(browser, server.origin);
      });
      afterAll(() => opened?.page.close());

      test(`passes ${only === undefined ? "the conformance suite" : `what matches ${only} of the conformance suite`}`, async () => {
        const outcomes = await opened.page.evaluate(([backend, names]) => throughtime.conformance(backend, names), [
          name,
          only,
        ] as const);
        const failed = outcomes.filter(({ error }) => error !== undefined);
        expect(failed.map(({ name: title, error }) => `${title}: ${error}`)).toEqual([]);
        expect(outcomes.filter(({ skipped }) => skipped === undefined).length).toBeGreaterThan(least);
        expect(opened.problems).toEqual([]);
      });

      test("trains an LSTM with the losses of the reference backend", async () => {
        const { device, losses } = await trained(opened.page, name);
        expect(device).toMatch(DEVICES[name]);
        const expected = await trainLstm(reference(), STEPS);
        expect(losses).toHaveLength(STEPS);
        for (const [i, loss] of expected.entries()) expect(losses[i]).toBeCloseTo(loss, 4);
        expect(opened.problems).toEqual([]);
      });
    },
  );

  test.each([
    ["wasm", /^ONNX Runtime 1\.30 · WebAssembly · 1 thread$/],
    [
      "threads",
      /^WebAssembly · relaxed SIMD · 1 thread in a worker; no shared memory, since the page is not cross-origin isolated$/,
    ],
  ] as const)("a page that is not cross-origin isolated runs %s on one thread, and says so", async (name, expected) => {
    const open = await serve({ "/": bundle.folder, "/ort/": ORT_FILES }, { isolated: false });
    const { page, problems } = await openPage(browser, open.origin);
    const { device, losses } = await trained(page, name);
    await page.close();
    await open.close();
    expect(problems).toEqual([]);
    expect(device).toMatch(expected);
    expect(losses).toHaveLength(STEPS);
  });
});

const trained = (page: Page, backend: BackendName) =>
  page.evaluate(([name, steps]) => throughtime.training(name, steps), [backend, STEPS] as const);

const STEPS = 2;

const DEVICES: Readonly<Record<BackendName, RegExp>> = {
  cpu: /^WebAssembly · relaxed SIMD · /,
  threads: /^WebAssembly · relaxed SIMD · 2 threads in workers$/,
  wasm: /^ONNX Runtime 1\.30 · WebAssembly · 2 threads$/,
  webgpu: /^ONNX Runtime 1\.30 · WebGPU$/,
  jspi: /^ONNX Runtime 1\.30 · WebGPU$/,
};
