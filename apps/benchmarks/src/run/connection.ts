import type { Built, Peak, Request, Steps, Task } from "../protocol.js";
import type { Channel } from "./channel.js";

/** A peer that answers: in a process of its own, or, in tests, in this one. */
export interface Connection<T = Task> {
  readonly device: string;
  build(task: T): Promise<Built>;
  steps(count: number): Promise<Steps>;
  peak(): Promise<Peak>;
  close(): Promise<void>;
}

/** The requests of `protocol.ts` as methods. */
export function connectionOver<T = Task>({ device, ask, close }: Channel): Connection<T> {
  const request = <A>(line: Request<T>) => ask<A>(line);
  return {
    device,
    build: (task) => request<Built>({ do: "build", task }),
    steps: (count) => request<Steps>({ do: "steps", count }),
    peak: () => request<Peak>({ do: "peak" }),
    close,
  };
}
