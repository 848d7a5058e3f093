import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "@commander-js/extra-typings";
import { additive, attention } from "@throughtime/attention";
import { ort } from "@throughtime/backend-ort";
import { type CaptionBatch, captionModel, softAttention } from "@throughtime/captioning";
import { lstm } from "@throughtime/cells";
import { type Backend, key, type NdArray, normal, randomBits, shuffled } from "@throughtime/core";
import { adam, type Report, sourceOf, train } from "@throughtime/train";
import { featuresOf, featureWidth, precomputed, type RowStore } from "@throughtime/vision";
import { diskRows } from "@throughtime/vision/node";
import { aligned, threadText } from "../report/table.js";
import { median } from "../run/statistics.js";
import { positive } from "./options.js";

const EXAMPLES = `
Examples:
  npm run bench -- features
  npm run bench -- features --photos 800 --threads 1

Writes grids of 10 × 10 × 1,008 for so many photos, f16, into a folder that is removed at the end; reads an epoch of them in an order of its
own; and trains the soft-attention decoder on them. Turns of steps whose batches come from the disk alternate with turns whose batch stands in
memory, so that the machine's other work falls on both. Times on the processor are of all threads.`;

const SIZES = { height: 10, width: 10, gridSize: 1008, pooledSize: 1008 };
/** Batch, words of a caption with its end, hidden units, words of the vocabulary, size of an embedded word. */
const [B, T, H, V, E] = [32, 20, 512, 5000, 256];
/** Steps of a turn, of which the first and the last are not counted: a batch is read while the step before runs. */
const TURN = 10;

/** `bench features`: a training whose features are on a disk. */
export const features = () =>
  new Command("features")
    .description("Measures time and memory of a captioner's training on features that are read from a disk.")
    .option("--photos <n>", "how many photos", positive, 8000)
    .option("--steps <n>", "steps whose batches come from the disk", positive, 50)
    .option("--threads <n>", "threads", positive, 2)
    .addHelpText("after", EXAMPLES)
    .action(async ({ photos, steps, threads }) => {
      const folder = mkdtempSync(join(tmpdir(), "throughtime-features-"));
      const backend = await ort({ threads });
      try {
        const rows = await diskRows({ folder, of: { synthetic: photos }, width: featureWidth(SIZES) });
        const writing = await written(rows, photos);
        const found = await trained(backend, rows, photos, steps);
        await rows.close();
        console.log(`${photos} photos of 10 × 10 × 1,008, B${B} T${T} H${H} V${V}, ${threadText(threads)}`);
        console.log(aligned([["", ""], ...writing, ...found]));
      } finally {
        await backend.close();
        rmSync(folder, { recursive: true });
      }
    });

const keyOf = (photo: number): string => createHash("sha256").update(`photo ${photo}`).digest("hex");

interface Took {
  readonly seconds: number;
  /** On the processor. */
  readonly busy: number;
}

/** Between now and what is told when it is called. */
function clock(): () => Took {
  const [began, used] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { seconds: (performance.now() - began) / 1000, busy: (user + system) / 1e6 };
  };
}
const tookText = ({ seconds, busy }: Took): string => `${seconds.toFixed(2)} s, ${busy.toFixed(2)} s on the processor`;

/** Rows that differ in their first number, which says whose they are. */
async function written(rows: RowStore, photos: number): Promise<[string, string][]> {
  const row = normal(key(1), [rows.width]).data as Float32Array;
  const writing = clock();
  for (let photo = 0; photo < photos; photo++) {
    row[0] = photo % 2048;
    await rows.write(keyOf(photo), row);
  }
  const wrote = writing();
  const checking = clock();
  for (let photo = 0; photo < photos; photo++) {
    if (!(await rows.has(keyOf(photo)))) throw new Error("a row is not there.");
  }
  const bytes = photos * (rows.width * 2 + 36);
  return [
    [`writing ${(bytes / 1e9).toFixed(2)} GB`, tookText(wrote)],
    ["checking all of it, as a run does at its beginning", tookText(checking())],
  ];
}

async function trained(backend: Backend, rows: RowStore, photos: number, wanted: number): Promise<[string, string][]> {
  const { height, width, gridSize } = SIZES;
  const order = shuffled(
    Array.from({ length: photos }, (_, i) => i),
    key(2),
  );
  const captions = captionsOf(photos);
  const perEpoch = Math.floor(photos / B);
  const read = async (index: number): Promise<CaptionBatch<NdArray>> => {
    const some = order.slice(index * B, (index + 1) * B);
    const images = await featuresOf(rows, some.map(keyOf), SIZES);
    const wrong = some.find((photo, i) => images.grid.data[i * height * width * gridSize] !== photo % 2048);
    if (wrong !== undefined) throw new Error(`photo ${wrong} has another one's features.`);
    return { images, ...captions };
  };
  const reading = clock();
  for (let index = 0; index < perEpoch; index++) await read(index);
  const alone = reading();

  const cell = lstm({ inputSize: E + gridSize, hiddenSize: H });
  const look = attention(additive({ querySize: H, memorySize: gridSize }));
  const model = captionModel({
    encoder: precomputed({ height, width, gridSize, pooledSize: gridSize }),
    decoder: softAttention({ cell, attention: look }),
    vocabularySize: V,
  });
  const kept = await read(0);
  const steps = 2 * TURN * Math.ceil(wanted / TURN);
  const isDisk = (step: number) => Math.floor(step / TURN) % 2 === 0;
  const training = train<unknown, unknown>({
    backend,
    params: model.init(key(3)),
    loss: model.loss as never,
    carry: model.carry,
    dims: model.dims as never,
    steps: TURN + steps,
    optimizer: adam({ learningRate: 1e-4 }),
    source: sourceOf({
      stepsPerEpoch: TURN + steps,
      batchAt: (step) => (isDisk(step) ? read(step % perEpoch) : kept),
      units: () => B * T,
    }),
  });
  const times: Record<"disk" | "memory", Took[]> = { disk: [], memory: [] };
  let since = clock();
  for await (const { step } of training as AsyncIterable<Report>) {
    const took = since();
    const at = (step - 1) % TURN;
    // The first turn compiles.
    if (step > TURN && at > 0 && at < TURN - 1) times[isDisk(step - 1) ? "disk" : "memory"].push(took);
    since = clock();
  }
  const middle = (all: readonly Took[]): Took => ({
    seconds: median(all.map(({ seconds }) => seconds)),
    busy: median(all.map(({ busy }) => busy)),
  });
  const [disk, memory] = [middle(times.disk), middle(times.memory)];
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  return [
    ["reading an epoch, nothing beside it", tookText(alone)],
    ["a step, its batch from the disk", tookText(disk)],
    ["a step, its batch in memory", tookText(memory)],
    ["loading of an epoch's time, on the processor", percent(alone.busy / perEpoch, disk.busy)],
    ["what a step waits for it", percent(Math.max(0, disk.seconds - memory.seconds), disk.seconds)],
    ["memory of the process, at most", `${((1024 * process.resourceUsage().maxRSS) / 1e9).toFixed(2)} GB`],
  ];
}

/** Captions of random words. */
function captionsOf(photos: number): { readonly input: NdArray; readonly output: NdArray; readonly lengths: NdArray } {
  const words = (n: number): NdArray => ({
    data: Int32Array.from(randomBits(key(n), T * B), (bits) => 1 + (bits % (V - 1))),
    ...{ shape: [T, B], dtype: "i32" },
  });
  if (photos < B) throw new Error(`features: --photos ${photos}: expected ${B} or more, a batch.`);
  return { input: words(4), output: words(5), lengths: { data: new Int32Array(B).fill(T), shape: [B], dtype: "i32" } };
}
