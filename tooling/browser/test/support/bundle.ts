import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type OutputFile } from "esbuild";

const page = (name: string): string => fileURLToPath(new URL(`../../pages/${name}`, import.meta.url));

/** onnxruntime-web's files, as an application would copy them to its server. */
export const ORT_FILES = fileURLToPath(new URL("../../node_modules/onnxruntime-web/dist", import.meta.url));

export const HTML = (script: string, head = ""): string =>
  `<!doctype html><html><head><meta charset="utf-8"><link rel="icon" href="data:,">${head}</head><body><script type="module" src="${script}"></script></body></html>\n`;

/** A folder with a page that runs a file of pages/, as esbuild makes it from the built packages for browsers. */
export async function bundledPage(name = "main"): Promise<{ readonly folder: string; dispose(): void }> {
  const folder = mkdtempSync(join(tmpdir(), "throughtime-page-"));
  await build({
    entryPoints: [page(`${name}.ts`)],
    bundle: true,
    format: "esm",
    splitting: true,
    platform: "browser",
    target: "es2022",
    outdir: folder,
    logLevel: "error",
  });
  writeFileSync(join(folder, "index.html"), HTML(`${name}.js`));
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What a page downloads that imports these, minified and gzipped, in bytes. */
export async function gzippedSize(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    ...{ bundle: true, minify: true, format: "esm", platform: "browser", target: "es2022", write: false },
  });
  return gzipSync((outputFiles[0] as OutputFile).contents, { level: 9 }).length;
}
