import { readFileSync, writeFileSync } from "node:fs";

/**
 * Begins to watch this process's resident memory. The function that it returns gives the highest since then, less what
 * was resident then, in bytes; null where Linux's /proc is not there, since no other system lets a peak begin anew.
 */
export function watchMemory(): () => number | null {
  try {
    // Lets VmHWM start again at what is resident now: proc(5), clear_refs.
    writeFileSync("/proc/self/clear_refs", "5");
    const before = statusBytes("VmRSS");
    return () => Math.max(0, statusBytes("VmHWM") - before);
  } catch {
    return () => null;
  }
}

function statusBytes(field: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
}
