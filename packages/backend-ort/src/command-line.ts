import { readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { BackendError } from "@throughtime/core";

/**
 * ONNX Runtime 1.30 searches /proc/self/cmdline with a regular expression that takes about 300 bytes of stack for each
 * character, when it opens its first session: 28 kB end a process with a stack of 8 MB, 13 kB a worker's of 4 MB.
 */
const MOST = isMainThread ? 16_384 : 8_192;

/** Throws BackendError where ONNX Runtime would end this process by a segmentation fault. `bytes`: of the command line. */
export function requireShortCommandLine(bytes = commandLineBytes()): void {
  if (bytes <= MOST) return;
  throw new BackendError(
    `ort: this process's command line has ${bytes} bytes; ONNX Runtime 1.30 crashes on long ones, so at most ${MOST} are allowed here. Pass what is long in a file or by standard input, or use another backend.`,
    { bytes, most: MOST },
  );
}

/** 0 where the system has no /proc, and ONNX Runtime nothing to search. */
function commandLineBytes(): number {
  try {
    return readFileSync("/proc/self/cmdline").length;
  } catch {
    return 0;
  }
}
