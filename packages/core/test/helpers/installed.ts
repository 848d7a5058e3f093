import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** Puts a copy of this package into a folder's node_modules as one of some version; gives its module's path. */
export async function installCore(folder: string, version: string): Promise<string> {
  const place = join(folder, "node_modules/@throughtime/core");
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    platform: "neutral",
    write: false,
  });
  const code = (outputFiles[0]?.text ?? "").replace(/VERSION = ".*"/, `VERSION = "${version}"`);
  mkdirSync(join(place, "dist"), { recursive: true });
  writeFileSync(join(place, "dist/index.js"), code);
  const manifest = { name: "@throughtime/core", version, type: "module", exports: "./dist/index.js" };
  writeFileSync(join(place, "package.json"), JSON.stringify(manifest));
  return join(place, "dist/index.js");
}
