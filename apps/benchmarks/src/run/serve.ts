import { readFileSync } from "node:fs";
import { decodeSafetensors } from "@throughtime/interop";
import type { OpenedPeer, Step } from "../peers/peer.js";
import type { Built, Peak, Request, Steps, Task } from "../protocol.js";
import { watchMemory } from "./memory.js";

/** What answers a request; "close" with nothing. */
export type Answer = Built | Steps | Peak | undefined;

/** Does what the runner asks of a JavaScript peer. Requests must come one at a time, "build" first. */
export function serve<T extends { readonly inputs: string } = Task>(
  peer: OpenedPeer<T>,
): (request: Request<T>) => Promise<Answer> {
  const peak = watchMemory();
  let current: Step | undefined;
  const built = (): Step => {
    if (!current) throw new Error('serve: "steps" came before "build".');
    return current;
  };
  return async (request) => {
    switch (request.do) {
      case "build": {
        const { tensors } = decodeSafetensors(readFileSync(request.task.inputs));
        const { result, ms } = await timed(async () => {
          current = await peer.build(request.task, tensors);
          return current.step();
        });
        return { ms, loss: result, parts: current?.parts?.() };
      }
      case "steps": {
        const ms: number[] = [];
        const losses: number[] = [];
        for (let i = 0; i < request.count; i++) {
          const one = await timed(() => built().step());
          ms.push(one.ms);
          losses.push(one.result);
        }
        return { ms, losses };
      }
      case "peak":
        return { peakBytes: peak() };
      case "close":
        await current?.close();
        return undefined;
    }
  };
}

async function timed<R>(work: () => Promise<R>): Promise<{ result: R; ms: number }> {
  const started = performance.now();
  const result = await work();
  return { result, ms: performance.now() - started };
}
