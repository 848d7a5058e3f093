import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import type { Browser } from "playwright-core";
import { build, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AssetsApi } from "../pages/assets.js";
import { HTML, ORT_FILES } from "./support/bundle.js";
import { chromiumPath, launch, NO_CHROMIUM, openPage } from "./support/chromium.js";
import { ISOLATED, serve } from "./support/server.js";

/** In pages: what pages/assets.ts puts there. */
declare const assets: AssetsApi;

const PAGES = fileURLToPath(new URL("../pages", import.meta.url));
const packageFolder = (name: string) => fileURLToPath(new URL(`../../../packages/${name}`, import.meta.url));

const path = chromiumPath();
if (path === undefined) process.stdout.write(`Skipped: ${NO_CHROMIUM}.\n`);

describe.skipIf(path === undefined)("onnxruntime-web's files are found", { timeout: 180_000 }, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await launch(path as string);
    folder = mkdtempSync(join(tmpdir(), "throughtime-assets-"));
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The page at an origin adds on some devices, each of which has a module of its own, and nothing goes wrong. */
  async function expectToWork(origin: string, devices: readonly (keyof typeof NAMES)[]): Promise<void> {
    const { page, problems } = await openPage(browser, origin);
    const found = [];
    for (const device of devices) found.push(await page.evaluate((name) => assets.added(name), device));
    await page.close();
    expect(problems).toEqual([]);
    expect(found).toEqual(devices.map((device) => ({ device: NAMES[device], values: [2, 3, 4] })));
  }

  test("in what Vite builds", async () => {
    const outDir = join(folder, "vite");
    await build({ root: PAGES, configFile: false, logLevel: "error", build: { outDir, emptyOutDir: true } });
    const server = await serve({ "/": outDir });
    await expectToWork(server.origin, ["cpu", "webgpu"]);
    await server.close();
  });

  test("by Vite's development server", async () => {
    const server = await createServer({
      root: PAGES,
      configFile: false,
      logLevel: "error",
      cacheDir: join(folder, "cache"),
      server: { port: 0, headers: ISOLATED },
    });
    await server.listen();
    await expectToWork(new URL(server.resolvedUrls?.local[0] as string).origin, ["cpu"]);
    await server.close();
  });

  test("without a bundler, by an import map", async () => {
    const protobuf = join(packageFolder("onnx"), "node_modules/@bufbuild/protobuf");
    const imports = {
      "@throughtime/core": "/core/index.js",
      "@throughtime/onnx": "/onnx/index.js",
      "@throughtime/backend-ort": "/backend-ort/web.js",
      "@bufbuild/protobuf": "/protobuf/index.js",
      "@bufbuild/protobuf/codegenv2": "/protobuf/codegenv2/index.js",
      "@bufbuild/protobuf/wkt": "/protobuf/wkt/index.js",
      "onnxruntime-web/wasm": "/ort/ort.wasm.bundle.min.mjs",
      "onnxruntime-web/webgpu": "/ort/ort.webgpu.bundle.min.mjs",
    };
    const plain = join(folder, "plain");
    // Types are taken off, imports stay.
    await esbuild({ entryPoints: [join(PAGES, "assets.ts")], outdir: plain, format: "esm", target: "es2022" });
    writeFileSync(
      join(plain, "index.html"),
      HTML("assets.js", `<script type="importmap">${JSON.stringify({ imports })}</script>`),
    );
    const server = await serve({
      "/": plain,
      "/core/": join(packageFolder("core"), "dist"),
      "/onnx/": join(packageFolder("onnx"), "dist"),
      "/backend-ort/": join(packageFolder("backend-ort"), "dist"),
      "/protobuf/": join(protobuf, "dist/esm"),
      "/ort/": ORT_FILES,
    });
    await expectToWork(server.origin, ["cpu"]);
    await server.close();
  });
});

const NAMES = { cpu: "ONNX Runtime 1.30 · WebAssembly · 2 threads", webgpu: "ONNX Runtime 1.30 · WebGPU" } as const;
