import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/**
 * How many bytes a package adds to a bundle: its index, bundled with what it brings from npm, minified and gzipped.
 * Other workspace packages are left out, since each has a ceiling of its own; so are Node's modules and native code.
 * @param {string} path the package's folder
 * @returns {Promise<number>}
 */
export async function bundledBytes(path) {
  const { outputFiles } = await build({
    entryPoints: [`${path}/dist/index.js`],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    external: ["@throughtime/*", "node:*", "onnxruntime-node", "onnxruntime-web"],
    write: false,
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error(`esbuild wrote no bundle for ${path}`);
  return gzipSync(bundle.contents, { level: 9 }).byteLength;
}
