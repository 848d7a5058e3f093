import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadRuntime } from "../src/platform.js";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const INSTALL = "Install it: npm install onnxruntime-node.";
const failing = (message: string, code?: string) =>
  loadRuntime("onnxruntime-node", INSTALL, () => Promise.reject(Object.assign(new Error(message), { code })));

describe("a runtime that is not there", () => {
  test("is never half installed: who installs the package chooses one, and sees npm fail", () => {
    expect(manifest.optionalDependencies).toBeUndefined();
    expect(Object.keys(manifest.peerDependencies)).toEqual(
      expect.arrayContaining(["onnxruntime-node", "onnxruntime-web"]),
    );
    for (const runtime of ["node", "web"]) {
      expect(manifest.peerDependenciesMeta[`onnxruntime-${runtime}`]).toEqual({ optional: true });
      expect(manifest.dependencies).not.toHaveProperty(`onnxruntime-${runtime}`);
    }
  });

  test("is a BackendError that says how to install it", async () => {
    await expect(
      failing("Cannot find package 'onnxruntime-node' imported from /a.js", "ERR_MODULE_NOT_FOUND"),
    ).rejects.toMatchObject({
      name: "BackendError",
      message: `ort: onnxruntime-node is not installed. ${INSTALL} Or hand in a runtime that you imported: ort({ ort: runtime }).`,
      details: { missing: "onnxruntime-node" },
    });
  });

  test("is told from one that is there and broken, or lacks a part", async () => {
    await expect(failing("libstdc++.so.6: version not found", "ERR_DLOPEN_FAILED")).rejects.toMatchObject({
      message: expect.stringContaining("onnxruntime-node could not be loaded: libstdc++.so.6: version not found."),
      details: {},
    });
    await expect(
      failing("Cannot find package 'onnxruntime-common' imported from /b.js", "ERR_MODULE_NOT_FOUND"),
    ).rejects.toMatchObject({
      message: expect.stringContaining("could not be loaded: Cannot find package 'onnxruntime-common'"),
      details: {},
    });
  });
});
