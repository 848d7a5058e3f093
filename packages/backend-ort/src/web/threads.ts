/** What pages and workers have beside what Node has. */
interface Scope {
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
}

/** Whether there is shared memory, without which there are no threads: in a page, where it is cross-origin isolated. */
export const hasThreads = (): boolean =>
  typeof SharedArrayBuffer !== "undefined" && (globalThis as Scope).crossOriginIsolated !== false;

/** Half of the machine's threads and at most four, as onnxruntime-web has it; one without shared memory. */
export function defaultThreads(): number {
  const cores = (globalThis as Scope).navigator?.hardwareConcurrency ?? 1;
  return hasThreads() ? Math.min(4, Math.ceil(cores / 2)) : 1;
}
