import type { EpochDone, EpochProgress } from "../lm/protocol.js";
import type { LmRun } from "../lm/run.js";

/** Runs an epoch with a line that tells how far it is; many lines where nobody watches. `unit`: what losses are nats of. */
export async function showEpoch(
  { peer, stepsPerEpoch }: LmRun,
  epoch: number,
  unit: string,
  run: (tell: (progress: EpochProgress) => void) => Promise<EpochDone>,
): Promise<void> {
  const { stderr } = process;
  let quietUntil = 0;
  const { seconds, trainLoss, validation } = await run(({ step, loss }) => {
    const line = `${peer} epoch ${epoch}: step ${step} of ${stepsPerEpoch}, loss ${loss.toFixed(3)}`;
    if (stderr.isTTY) stderr.write(`\r\x1b[K${line}`);
    else if (performance.now() > quietUntil) {
      stderr.write(`${line}\n`);
      quietUntil = performance.now() + 10_000;
    }
  });
  const losses = `training ${trainLoss.toFixed(4)}, validation ${validation.toFixed(4)} nats per ${unit}`;
  const rest = `${peer} epoch ${epoch}: ${seconds.toFixed(1)} s, ${losses}\n`;
  stderr.write(stderr.isTTY ? `\r\x1b[K${rest}` : rest);
}
