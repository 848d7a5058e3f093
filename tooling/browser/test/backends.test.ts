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

/**
 * How many tests of the conformance suite each backend passes at least. Over SwiftShader WebGPU takes minutes, so its second
 * build, which does the same by other means, has its turn in `npm run test:browser` alone.
 */
const SUITES: Partial<Record<BackendName, number>> = {
  cpu: 1400,
  threads: 1400,
  wasm: 1400,
  webgpu: 1100,
  ...(process.env.BROWSER_TESTS === "whole" ? { jspi: 1100 } : {}),
};

const path = chromiumPath();
if (path === undefined) process.stdout.write(`Skipped: ${NO_CHROMIUM}.\n`);

describe.skipIf(path === undefined)("in Chromium", { timeout: 1_200_000 }, () => {
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

  describe.each(Object.entries(SUITES) as [BackendName, number][])("%s", (name, least) => {
    // One page for both: what it compiled serves twice.
    let opened: Awaited<ReturnType<typeof openPage>>;
    beforeAll(async () => {
      opened = await openPage(browser, server.origin);
    });
    afterAll(() => opened?.page.close());

    test("passes the conformance suite", async () => {
      const outcomes = await opened.page.evaluate((backend) => throughtime.conformance(backend), name);
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
  });

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

  describe.each(["cpu", "threads"] as const)("under a Content-Security-Policy, %s", (name) => {
    const under = async (policy: string) => {
      const guarded = await serve({ "/": bundle.folder }, { policy });
      const { page, problems } = await openPage(browser, guarded.origin);
      const outcome = await trained(page, name).catch((error: Error) => error);
      await page.close();
      await guarded.close();
      return { outcome, problems };
    };
    test("runs where it allows what the README says", async () => {
      const { outcome, problems } = await under("script-src 'self' 'wasm-unsafe-eval'; worker-src blob:");
      expect(problems).toEqual([]);
      expect(outcome).toMatchObject({ device: expect.stringMatching(DEVICES[name]) });
    });
    test.each([
      ["workers", "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'", /BackendError: cpu: .*worker-src blob:/s],
      ["WebAssembly", "script-src 'self'; worker-src blob:", /BackendError: cpu: .*'wasm-unsafe-eval'/s],
    ])("says what it does not allow: %s", async (_, policy, expected) => {
      expect(String((await under(policy)).outcome)).toMatch(expected);
    });
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
