// The page of the tests: they call `throughtime` from outside.

import { BACKENDS, type BackendName } from "./backends.js";
import { type Outcome, runConformance } from "./conformance.js";
import { trainLstm } from "./training.js";

/** What the page offers. */
export interface PageApi {
  conformance(backend: BackendName): Promise<Outcome[]>;
  /** What really runs, and the losses of an LSTM's training steps. */
  training(backend: BackendName, steps: number): Promise<{ device: string; losses: number[] }>;
  isolated(): boolean;
}

const api: PageApi = {
  conformance: runConformance,
  async training(name, steps) {
    const backend = await BACKENDS[name].open();
    const losses = await trainLstm(backend, steps);
    await backend.close();
    return { device: backend.device, losses };
  },
  isolated: () => (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true,
};

(globalThis as { throughtime?: PageApi }).throughtime = api;
