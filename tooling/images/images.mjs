// npm run images: makes the pictures of the READMEs and docs anew, with the command `throughtime` as it is built. Takes ten minutes.
// scenes.svg: some of image-data's scenes. attention.svg: a translator learns to read dates, in 400 steps, and shows where it looked.
// captions-1.svg, captions-2.svg: a captioner learns to describe scenes; the first two that it is tested on, whatever it says of them.

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

const images = join(rootPath, "docs/images");
const folder = mkdtempSync(join(tmpdir(), "throughtime-images-"));
const at = (/** @type {string} */ path) => join(folder, path);
mkdirSync(images, { recursive: true });
try {
  writeFileSync(join(images, "scenes.svg"), scenesSvg());

  throughtime(["train", "translate", "--task", "dates", "--steps", "400", "--backend", "cpu", "--out", at("dates")]);
  throughtime(["translate", at("dates"), "--backend", "cpu", "--attention", at("translated")], `${DATE}\n`);
  copyFileSync(at("translated/000001.svg"), join(images, "attention.svg"));

  const small = "--penalty 0 --batch 32 --learning-rate 0.001 --steps 1500 --score 50 --seed 0".split(" ");
  throughtime(["train", "caption", "--data", "scenes", ...small, "--out", at("scenes")]);
  throughtime(["eval", at("scenes"), "--beam", "1", "--examples", "2", "--report", at("captions")]);
  for (const n of [1, 2]) copyFileSync(at(`captions/${n}.svg`), join(images, `captions-${n}.svg`));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
