import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const page = (name: string): string => fileURLToPath(new URL(`../../pages/${name}`, import.meta.url));

/** onnxruntime-web's files, as an application would copy them to its server. */
export const ORT_FILES = fileURLToPath(new URL("../../node_modules/onnxruntime-web/dist", import.meta.url));

export const HTML = (script: string, head = ""): string =>
  `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">${head}</head><body><script type="module" src="${script}"></script></body></html>\n`;

/** A folder with a page that runs pages/main.ts, as esbuild makes it from the built packages for browsers. */
export async function bundledPage(): Promise<{ readonly folder: string; dispose(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-page-"));
  await build({
    entryPoints: [page("main.ts")],
    bundle: true,
    format: "esm",
    splitting: true,
    platform: "browser",
    target: "es2022",
    outdir: folder,
    logLevel: "error",
  });
  writeFileSync(join(folder, "index.html"), HTML("main.js"));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}
