// A registry of npm in this process: of tarballs in a folder, and where it may, of the registry that npm is set to.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createPackageFromTarballData } from "@arethetypeswrong/core";

/**
 * @param {string} folder of tarballs; of a package with several versions the first file is the latest
 * @param {string} [upstream] where all other packages come from; without it there are none
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function openRegistry(folder, upstream) {
  const tarballs = readdirSync(folder).filter((file) => file.endsWith(".tgz"));
  const packed = tarballs.map((file) => {
    const bytes = readFileSync(join(folder, file));
    const content = createPackageFromTarballData(new Uint8Array(bytes));
    const manifest = JSON.parse(content.readFile(`/node_modules/${content.packageName}/package.json`));
    const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    return { file, manifest, integrity };
  });
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "/").slice(1);
    if (tarballs.includes(path)) return response.end(readFileSync(join(folder, path)));
    const found = packed.filter(({ manifest }) => manifest.name === path);
    if (found.length === 0) {
      return upstream
        ? response.writeHead(302, { location: new URL(request.url?.slice(1) ?? "", upstream).href }).end()
        : response.writeHead(404, { "content-type": "application/json" }).end('{"error":"not found"}');
    }
    const versions = found.map(({ file, manifest, integrity }) => ({
      ...manifest,
      dist: { tarball: `${url}${file}`, integrity },
    }));
    const packument = {
      name: path,
      "dist-tags": { latest: versions[0].version },
      versions: Object.fromEntries(versions.map((manifest) => [manifest.version, manifest])),
    };
    return response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(packument));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const url = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}/`;
  return { url, close: () => server.close() };
}
