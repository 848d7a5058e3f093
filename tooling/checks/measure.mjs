import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const outside = ["node:*", "onnxruntime-node", "onnxruntime-web"];

/**
 * How many bytes a package adds to a bundle: its index, bundled with what it brings from npm, minified and gzipped.
 * Other workspace packages are left out, since each has a ceiling of its own; so are Node's modules and native code.
 * @param {string} path the package's folder
 * @returns {Promise<number>}
 */
export const bundledBytes = (path) =>
  gzippedBytes({ entryPoints: [`${path}/dist/index.js`], external: ["@throughtime/*", ...outside] });

/**
 * How large one bundle with all of several packages is, and of what they need, minified and gzipped.
 * @param {readonly string[]} paths the packages' folders
 * @returns {Promise<number>}
 */
export const bundledTogether = (paths) =>
  gzippedBytes({
    stdin: { contents: paths.map((path) => `export * from "${path}/dist/index.js";`).join(""), resolveDir: "/" },
    external: outside,
  });

/**
 * How large a page's program is that imports names from packages, with all that they need, minified and gzipped.
 * @param {Readonly<Record<string, string>>} imports a name by the path of the package's folder
 * @returns {Promise<number>}
 */
export const bundledPage = (imports) => {
  const lines = Object.entries(imports).map(([path, name]) => `export { ${name} } from "${path}/dist/index.js";`);
  return gzippedBytes({ stdin: { contents: lines.join(""), resolveDir: "/" }, external: outside });
};

/**
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<number>}
 */
async function gzippedBytes(options) {
  const { outputFiles } = await build({
    ...options,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("esbuild wrote no bundle");
  return gzipSync(bundle.contents, { level: 9 }).byteLength;
}
