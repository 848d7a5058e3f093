import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Where a page, or the command, is built. */
export const built = (name: "translator" | "from-onnx" | "throughtime"): string => {
  const place = name === "throughtime" ? "../../../cli/dist/bin.js" : `../../dist/${name}.js`;
  return fileURLToPath(new URL(place, import.meta.url));
};

/** Runs what is built; what it wrote, and how it ended. */
export function run(
  name: Parameters<typeof built>[0],
  args: readonly string[],
  input = "",
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [built(name), ...args], { stdio: ["pipe", "pipe", "pipe"] });
  const text = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (more: string) => {
    text.out += more;
  });
  child.stderr.setEncoding("utf8").on("data", (more: string) => {
    text.err += more;
  });
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...text })));
}
