// npm run images: makes the pictures of the READMEs and docs anew, with the command `throughtime` as it is built. Takes two minutes.
// docs/images/scenes.svg: some of image-data's scenes. docs/images/attention.svg: a translator learns to read dates, in 400 steps, and shows where it looked.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootPath } from "../checks/lib/workspace.mjs";
import { scenesSvg } from "./scenes.mjs";

const DATE = "es-ES jueves, 23 de abril de 2026";

/**
 * Runs the command, and throws where it fails.
 * @param {readonly string[]} args
 * @param {string} [input]
 */
function throughtime(args, input) {
  const command = [join(rootPath, "apps/cli/dist/bin.js"), ...args];
  const { status, error } = spawnSync(process.execPath, command, { input, stdio: ["pipe", "inherit", "inherit"] });
  if (status !== 0) throw error ?? new Error(`throughtime ${args.join(" ")} ended with status ${status}`);
}

mkdirSync(join(rootPath, "docs/images"), { recursive: true });
writeFileSync(join(rootPath, "docs/images/scenes.svg"), scenesSvg());

const folder = mkdtempSync(join(tmpdir(), "throughtime-images-"));
try {
  const [model, pictures] = [join(folder, "model"), join(folder, "pictures")];
  throughtime(["train", "translate", "--task", "dates", "--steps", "400", "--backend", "cpu", "--out", model]);
  throughtime(["translate", model, "--backend", "cpu", "--attention", pictures], `${DATE}\n`);
  copyFileSync(join(pictures, "000001.svg"), join(rootPath, "docs/images/attention.svg"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
