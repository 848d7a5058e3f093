import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * The environment in which WebGPU runs on a machine without a GPU: over SwiftShader, which Debian's chromium brings. Or
 * why there is none.
 */
export function swiftshader(): { env: Record<string, string> } | { missing: string } {
  const driver = process.env.VK_DRIVER_FILES ?? icdOfChromium();
  if (driver === undefined || !existsSync(driver)) {
    return { missing: "no Vulkan driver in VK_DRIVER_FILES, and no package chromium with vk_swiftshader_icd.json" };
  }
  const folder = dirname(driver);
  // Chromium brings a Vulkan loader too, for machines that have none.
  const loader: Record<string, string> = existsSync(join(folder, "libvulkan.so.1")) ? { LD_LIBRARY_PATH: folder } : {};
  return { env: { VK_DRIVER_FILES: driver, XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "webgpu-")), ...loader } };
}

function icdOfChromium(): string | undefined {
  for (const name of ["chromium", "chromium-common"]) {
    try {
      const files = execFileSync("dpkg", ["-L", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      const found = files.split("\n").find((file) => file.endsWith("vk_swiftshader_icd.json"));
      if (found) return found;
    } catch {
      // Not Debian, or not installed.
    }
  }
  return undefined;
}

/** How many tests a JSON report counts, and what failed. */
export function readReport(path: string): { passed: number; failures: string[] } | undefined {
  if (!existsSync(path)) return undefined;
  const report = JSON.parse(readFileSync(path, "utf8")) as {
    numPassedTests: number;
    testResults: { assertionResults: { status: string; fullName: string; failureMessages: string[] }[] }[];
  };
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed"),
  );
  return {
    passed: report.numPassedTests,
    failures: failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]?.slice(0, 500)}`),
  };
}
