import { readModel, writeModel } from "@throughtime/onnx";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import type { Host } from "./host.js";
import { messageOf, type Runtime } from "./runtime.js";

type Feeds = Readonly<Record<string, Tensor>>;

/** How a run's results come into buffers that are ours. */
export interface Results {
  /** The model that a session is to be built of. */
  prepare(model: Uint8Array): Uint8Array;
  /** Runs, and has the results written into `outputs`, which stand in the model's order. Throws BackendError. */
  run(session: InferenceSession, feeds: Feeds, outputs: readonly Tensor[]): Promise<void>;
}

/** Asks for results in our buffers. onnxruntime-node writes them there, and makes copies besides, which are dropped. */
export const copiedResults = (host: Host): Results => ({
  prepare: (model) => model,
  async run(session, feeds, outputs) {
    await host.run(session, feeds as Record<string, Tensor>, byName(session.outputNames, outputs));
  },
});

/**
 * The same without the copies, which cost a training step of 20 million parameters half its time: fresh memory for
 * every result. An output that comes first and is no tensor, a sequence, makes onnxruntime-node stop once the model has run
 * and before it copies anything. Only where `skipsCopies` has seen that it does.
 */
export const uncopiedResults = (host: Host): Results => ({
  prepare: withStop,
  async run(session, feeds, outputs) {
    const stops = session.outputNames[0] === STOP;
    const names = stops ? session.outputNames.slice(1) : session.outputNames;
    const fetches = { ...(stops ? { [STOP]: null } : {}), ...byName(names, outputs) } as Record<string, Tensor>;
    await host.run(session, feeds as Record<string, Tensor>, fetches, isStop);
  },
});

/** Whether a runtime writes results where it was asked to before it finds out that one is no tensor. */
export async function skipsCopies(runtime: Runtime, model: Uint8Array): Promise<boolean> {
  const session = await runtime.InferenceSession.create(withStop(model), { logSeverityLevel: 4 });
  const x = new runtime.Tensor("float32", Float32Array.of(3), [1]) as Tensor;
  const y = new runtime.Tensor("float32", Float32Array.of(0), [1]) as Tensor;
  try {
    await session.run({ x }, { [STOP]: null, y });
    return false;
  } catch (cause) {
    return isStop(cause) && (y.data as Float32Array)[0] === -3;
  } finally {
    await session.release();
  }
}

export const byName = (names: readonly string[], values: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(names.map((name, i) => [name, values[i] as Tensor]));

/** The name of that output. Slashes keep it apart from a Program's. */
const STOP = "throughtime/stop";

/** What onnxruntime-node says when it comes to a result that is no tensor. */
const isStop = (cause: unknown): boolean => messageOf(cause).startsWith("Non tensor type is");

function withStop(bytes: Uint8Array): Uint8Array {
  const model = readModel(bytes);
  const { graph } = model;
  const [node] = graph?.node ?? [];
  const [output] = graph?.output ?? [];
  // A model without outputs has nothing to copy.
  if (!graph || !node || !output) return bytes;
  graph.node.push({ ...node, name: STOP, opType: "SequenceEmpty", input: [], output: [STOP], attribute: [] });
  graph.output.unshift({ ...output, name: STOP, type: undefined } as unknown as typeof output);
  return writeModel(model);
}
