import { describe, expect, test } from "vitest";
import { type Diagnosis, runtimeName } from "../src/doctor/diagnose.js";
import { jsonLines, shell } from "./support/shell.js";

test("Bun and Deno are called by their names", () => {
  expect(runtimeName({ node: "20.19.0" })).toBe("Node 20.19.0");
  expect(runtimeName({ node: "24.3.0", bun: "1.4.5" })).toBe("Bun 1.4.5");
  expect(runtimeName({ node: "24.2.0", deno: "2.9.6" })).toBe("Deno 2.9.6");
});

describe("doctor", () => {
  test("says what is here, what would run and why, for programs and for people", async () => {
    const { code, out } = await shell("doctor --json");
    expect(code).toBe(0);
    const [found] = jsonLines(out) as unknown as [Diagnosis];
    expect(found.versions).toMatchObject({
      runtime: `Node ${process.versions.node}`,
      node: process.versions.node,
      nodeOk: true,
      onnxRuntime: expect.stringMatching(/^1\./),
    });
    expect(found.backends.map(({ name, available }) => [name, available])).toEqual([
      ["ort", true],
      ["cpu", true],
      ["reference", true],
    ]);
    expect(found.devices.map(({ name }) => name)).toEqual(["cpu", "webgpu", "cuda", "dml", "coreml"]);
    for (const { available, detail } of found.devices) if (!available) expect(detail).not.toBe("");
    expect(found.chosen).toMatchObject({ backend: "ort", device: expect.stringMatching(/^ONNX Runtime .* CPU/) });

    expect(found.advice).toBeNull();

    const people = (await shell("doctor")).out;
    expect(people).toContain(`runtime       Node ${process.versions.node} (`);
    expect(people).toMatch(
      /Without options, commands run on ort \(ONNX Runtime .* · CPU · \d+ threads?\): ONNX Runtime is installed/,
    );
  });
});
