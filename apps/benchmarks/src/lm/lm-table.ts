import { aligned } from "../report/table.js";
import type { EpochDone } from "./protocol.js";

export type LmResult =
  | { readonly peer: string; readonly device: string; readonly epochs: readonly EpochDone[] }
  | { readonly peer: string; readonly notMeasured: string };

/** Peers' losses and times, when each reached the goal (nats per character), and times as parts of PyTorch's. */
export function lmTable(results: readonly LmResult[], goal: number): string {
  const pytorch = results.find(({ peer }) => peer === "pytorch");
  const base = pytorch && "epochs" in pytorch ? seconds(pytorch.epochs) : undefined;
  const header = ["peer", "epochs", "training", "validation", `to ${goal}`, "seconds", ...(base ? ["× pytorch"] : [])];
  const rows = results.map((result) => {
    if (!("epochs" in result)) return [result.peer, `not measured: ${result.notMeasured}`];
    const { peer, epochs } = result;
    const last = epochs.at(-1);
    const total = seconds(epochs);
    return [
      peer,
      String(epochs.length),
      last?.trainLoss.toFixed(4) ?? "–",
      last?.validation.toFixed(4) ?? "–",
      reached(epochs, goal),
      total.toFixed(1),
      ...(base ? [(total / base).toFixed(2)] : []),
    ];
  });
  const devices = results.flatMap((result) => ("device" in result ? [`${result.peer}: ${result.device}`] : []));
  return [aligned([header, ...rows]), ...devices].join("\n");
}

/** The seconds of training until a validation was at most the goal. */
function reached(epochs: readonly EpochDone[], goal: number): string {
  const at = epochs.findIndex(({ validation }) => validation <= goal);
  return at < 0 ? "never" : `${seconds(epochs.slice(0, at + 1)).toFixed(1)} s`;
}

const seconds = (epochs: readonly EpochDone[]): number => epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
