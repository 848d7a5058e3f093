import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { cpu } from "@throughtime/backend-cpu";
import { type Device, ort } from "@throughtime/backend-ort";
import { add, type Backend, type BackendError, compile, download, ndarray, type Tensor } from "@throughtime/core";

export interface ProbeResult {
  readonly available: boolean;
  /** What runs, or why it does not. */
  readonly detail: string;
  /** Whether it is the package that is not there. */
  readonly missing?: true;
}

/** Opens a device of ONNX Runtime and adds two numbers on it. */
export const probe = (device: Device): Promise<ProbeResult> => probed(() => ort({ device }));

/** The same with backend-cpu. */
export const probeCpu = (): Promise<ProbeResult> => probed(() => cpu());

async function probed(open: () => Promise<Backend>): Promise<ProbeResult> {
  try {
    const backend = await open();
    const sum = compile(backend, (a: Tensor, b: Tensor) => add(a, b));
    const result = await download(backend, await sum(ndarray([1.5, 2]), ndarray([2, 40])));
    const values = [...result.data];
    await backend.close();
    return String(values) === "3.5,42"
      ? { available: true, detail: backend.device }
      : { available: false, detail: `it opens, but computes ${values} where 3.5,42 is right` };
  } catch (error) {
    const { message, details } = error as BackendError;
    if (details?.missing) return { available: false, detail: `${details.missing} is not installed`, missing: true };
    return { available: false, detail: message.replaceAll("\n", " ") };
  }
}

const TIMEOUT_MS = 30_000;

/** `probe` in a process of its own: a driver that ends the process ends only that one. */
export function probeApart(device: Device): Promise<ProbeResult> {
  const bin = fileURLToPath(new URL("../bin.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "doctor", "--probe", device], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: TIMEOUT_MS,
  });
  return new Promise((resolve) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    child.on("error", (error) => resolve({ available: false, detail: `it could not be tried: ${error.message}` }));
    child.on("close", (code, signal) => {
      const line = text.trim().split("\n").at(-1) ?? "";
      if (line.startsWith("{")) return resolve(JSON.parse(line) as ProbeResult);
      const how =
        signal === null ? `with code ${code}` : signal === "SIGTERM" ? "after 30 s without an answer" : `by ${signal}`;
      resolve({ available: false, detail: `trying it ended the process ${how}` });
    });
  });
}
