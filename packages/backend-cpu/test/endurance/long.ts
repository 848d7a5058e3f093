/**
 * A million steps and ten thousand compiles, in the caller's thread and in workers. Some minutes:
 *
 *     npx esbuild packages/backend-cpu/test/endurance/long.ts --bundle --platform=node --format=esm | node --expose-gc --input-type=module -
 *
 * An argument divides both numbers. It ends with 1 if anything is left in use, or if the process grew by more than 64 MB.
 */
import { cpu } from "../../src/index.js";
import { manyCompiles, manySteps } from "./endure.js";

const part = Number(process.argv[2] ?? 1);
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const residentMb = () => {
  collect();
  return Math.round(process.memoryUsage.rss() / 2 ** 20);
};
for (const threads of [1, 2]) {
  const backend = await cpu({ threads });
  await manySteps(backend, 2000);
  await manyCompiles(backend, 200);
  for (const [what, count, run] of [
    ["steps", 1_000_000 / part, manySteps],
    ["compiles", 10_000 / part, manyCompiles],
  ] as const) {
    const [from, started] = [residentMb(), performance.now()];
    const { before, after } = await run(backend, count);
    const to = residentMb();
    const grew = after.usedBytes > before.usedBytes || after.liveArrays > before.liveArrays || to - from > 64;
    if (grew) process.exitCode = 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stdout.write(
      `${threads} thread(s), ${count} ${what}: ${before.usedBytes} → ${after.usedBytes} bytes in use, ` +
        `${from} → ${to} MB resident, ${seconds} s${grew ? ": GREW" : ""}\n`,
    );
  }
  await backend.close();
}
