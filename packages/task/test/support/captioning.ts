import {
  type Backend,
  compile,
  DataError,
  type Key,
  key,
  ndarray,
  OptionError,
  putOnBackend,
  release,
  type Tensor,
} from "@throughtime/core";
import { generate, sampler } from "@throughtime/decode";
import {
  bytesOf,
  type Files,
  fromFile,
  keysOf,
  linesOf,
  type OptionValues,
  options,
  type PrepareContext,
  type Prepared,
  partOf,
  requireFields,
  requireMeasurable,
  requireSize,
  requireTask,
  type Saved,
  type Task,
  type TrainingValues,
  textHash,
  trainingOptions,
  type Use,
} from "@throughtime/task";
import {
  pairArrays,
  pairColumns,
  type TokenVocabulary,
  tokenVocabulary,
  tokenVocabularyFromJson,
} from "@throughtime/text";
import { batchesOf, evaluate } from "@throughtime/train";
import { type Batch, type Network, network, type Params, type Sizes } from "./caption-network.js";
import { captioned, type Picture, readPgm } from "./pictures.js";

// Captioning, as a sketch in the interface of tasks: a folder of pictures with captions.tsv, a line of file name, tab, caption for each.

type Example = { readonly name: string; readonly picture: Picture; readonly caption: string };
type Shares = { readonly validation: number; readonly test: number };

interface Captioner {
  readonly sizes: Sizes;
  readonly model: Network;
  readonly vocabulary: TokenVocabulary;
  readonly data: { readonly sha256: string };
  readonly shares: Shares;
}

const OPENS = { kind: "captioning", noun: "captioner", loader: "loadCaptioner of a-package" };

const DATA = options({
  data: {
    type: "string",
    format: "path",
    placeholder: "folder",
    free: true,
    description: "pictures, and captions.tsv",
  },
});

const TRAIN = options({
  ...DATA,
  embedding: { type: "integer", minimum: 1, default: 12, group: "Model:", description: "numbers per character" },
  hidden: { type: "integer", minimum: 1, default: 48, group: "Model:", description: "numbers in the state" },
  batch: { type: "integer", minimum: 1, default: 16, group: "Training:", description: "pictures in a step" },
  ...trainingOptions({
    epochs: 20,
    optimizer: "adam",
    learningRate: 0.01,
    validation: 0.1,
    test: 0.1,
    unit: "pictures",
  }),
});

const readPicture = async (files: Files, path: string): Promise<Picture> =>
  readPgm(await bytesOf(files, path, { most: 1_000_000 }), files.name(path));

/** Throws DataError where pictures are of different sizes, or one is not there. */
async function readFolder(files: Files, { data }: OptionValues<typeof DATA>) {
  if (data === undefined) throw new OptionError("--data FOLDER is needed: pictures, and captions.tsv.");
  const names = new Set(await files.list(data));
  const hash = textHash();
  const examples: Example[] = [];
  const lines = linesOf(files, `${data}/captions.tsv`);
  for await (const { source: name, target: caption } of pairColumns(lines, "captions.tsv")) {
    if (!names.has(name)) throw new DataError(`captions.tsv names "${name}", which is not in ${data}.`);
    const picture = await readPicture(files, `${data}/${name}`);
    hash.note(`${name}\t${caption}\n`);
    hash.note(picture.pixels);
    examples.push({ name, picture, caption });
  }
  const [first] = examples;
  if (!first) throw new DataError(`${data}/captions.tsv names no picture.`);
  for (const { name, picture } of examples) requireSameSize(name, picture, first.picture);
  return { examples, sha256: hash.digest(), width: first.picture.width, height: first.picture.height };
}

type Side = { readonly width: number; readonly height: number };

function requireSameSize(name: string, { width, height }: Side, expected: Side): void {
  if (width === expected.width && height === expected.height) return;
  throw new DataError(`${name} has ${width} × ${height} pixels; expected ${expected.width} × ${expected.height}.`);
}

const pixelsOf = (pictures: readonly Picture[]) =>
  ndarray(pictures.map(({ pixels }) => Array.from(pixels, (shade) => 1 - shade / 255)));

function batchOf(vocabulary: TokenVocabulary, examples: readonly Example[]): Batch {
  const captions = examples.map(({ caption }) => ({
    source: new Int32Array(),
    target: vocabulary.encode([...caption]),
  }));
  const { input, output, lengths } = pairArrays(captions, vocabulary);
  return { pixels: pixelsOf(examples.map(({ picture }) => picture)), input, output, lengths };
}

const unitsOf = ({ lengths }: Batch): number => Array.from(lengths.data).reduce((a, b) => a + b, 0);

/** Shuffled by a key, to train on; or as they stand, to measure on. */
const sourceFrom = (vocabulary: TokenVocabulary, examples: readonly Example[], batch: number, order?: Key) =>
  batchesOf(examples, { batch, key: order, collate: (some) => batchOf(vocabulary, some), units: unitsOf });

async function prepare(
  values: OptionValues<typeof TRAIN> & TrainingValues,
  { files, earlier }: PrepareContext<Captioner>,
): Promise<Prepared<Batch>> {
  requireMeasurable(values);
  const { examples, sha256, width, height } = await readFolder(files, values);
  if (earlier && earlier.description.data.sha256 !== sha256) {
    throw new DataError(`resume: this training learned other pictures than those of ${values.data}.`);
  }
  const [train, validation] = (["train", "validation"] as const).map((part) =>
    examples.filter((one) => partOf(one.name, values) === part),
  ) as [Example[], Example[]];
  if (train.length === 0) throw new DataError(`${values.data} has no picture to train on.`);
  const letters = new Set(train.flatMap(({ caption }) => [...caption]));
  const vocabulary = earlier?.description.vocabulary ?? tokenVocabulary([...letters].sort());
  const { embedding, hidden, batch } = values;
  const sizes = { width, height, embedding, hidden };
  const model = network(sizes, vocabulary.size);
  const source = sourceFrom(vocabulary, train, batch, keysOf(values.seed).samples);
  return {
    description: { model: sizes, data: { sha256, pictures: examples.length }, vocabulary: vocabulary.toJSON() },
    ...{ size: model.size, sizeOptions: "--hidden or --embedding, or smaller pictures" },
    ...{ init: model.init, loss: model.loss, dims: model.dims, source, stepsPerEpoch: source.stepsPerEpoch },
    ...(validation.length > 0 && {
      validation: { source: sourceFrom(vocabulary, validation, batch) },
      // The report shows what is said of pictures that are not learned from.
      async validated({ backend, params }) {
        const captioner = await captionerOn(backend, { model, vocabulary }, params);
        const pictures: { svg: string; caption: string }[] = [];
        const examples: { input: string; output: string; expected: string }[] = [];
        try {
          for (const { name, picture, caption } of validation.slice(0, 4)) {
            const output = await captioner.caption(picture);
            pictures.push({ svg: captioned(picture, output), caption: `${output} (right: ${caption})` });
            examples.push({ input: name, output, expected: caption });
          }
        } finally {
          captioner.release();
        }
        const sections = [{ kind: "svg", title: "Validation pictures", pictures }];
        return { fields: { examples, sections }, notes: examples.map(({ input, output }) => `${input}: ${output}`) };
      },
    }),
    unit: "characters",
    introduction: [`${values.data}: ${train.length} of ${examples.length} pictures to train on`],
    facts: { pictures: examples.length, width, height },
    lossText: (nats) => `${nats.toFixed(4)} nats per character`,
  };
}

function read(saved: Saved): Captioner {
  requireTask(saved, OPENS);
  const { path, checkpoint } = saved;
  type Described = { model: Sizes; data: Captioner["data"]; options: Shares; vocabulary: unknown };
  const { model: sizes, data, options: shares, vocabulary: json } = checkpoint.description as unknown as Described;
  requireFields(path, "model", sizes, { width: "count", height: "count", embedding: "count", hidden: "count" });
  requireFields(path, "data", data, { sha256: "text" });
  requireFields(path, "options", shares, { validation: "number", test: "number" });
  const vocabulary = fromFile(path, "vocabulary", () => tokenVocabularyFromJson(json));
  const model = network(sizes, vocabulary.size);
  requireSize(path, checkpoint.params, model.size);
  return { sizes, data, shares, vocabulary, model };
}

/** No caption is longer, whatever a model says. */
const MOST_CHARACTERS = 200;

/** A captioner on a backend. params: on the host or there. */
async function captionerOn(
  backend: Backend,
  { model, vocabulary }: Pick<Captioner, "model" | "vocabulary">,
  params: unknown,
) {
  const placed = await putOnBackend(backend, params as never);
  const begin = compile(backend, (p: Params, pixels: Tensor) => model.begin(p, pixels));
  const step = compile(backend, (p: Params, state: { h: Tensor }, token: Tensor) => model.step(p, state, token));
  return {
    async caption(picture: Picture): Promise<string> {
      const letters: string[] = [];
      const live: unknown[] = [await begin(placed.tree, pixelsOf([picture]))];
      const read = async (state: unknown, token: number) => {
        const next = await step(placed.tree, state as never, ndarray([token], { dtype: "i32" }));
        live.push(next);
        return { state: next.state as unknown, logits: (await backend.download(next.logits)).data };
      };
      const how = { prime: [vocabulary.begin], length: MOST_CHARACTERS, sampler: sampler({ greedy: true }) };
      try {
        for await (const token of generate({ ...how, step: read, state: live[0], key: key(0) })) {
          if (token === vocabulary.end) break;
          letters.push(...vocabulary.decode([token]));
        }
      } finally {
        release(backend, live);
      }
      return letters.join("");
    },
    release() {
      placed.release();
      begin.release();
      step.release();
    },
  };
}

const evaluation: Use<Captioner, typeof DATA> = {
  name: "eval",
  summary: "measure a captioner",
  description: "Of its own folder, the pictures that were kept apart; of another, all.",
  options: DATA,
  examples: [["throughtime eval out/captioning --data pictures", "the pictures that were kept apart"]],
  async *run({ checkpoint, description }, values, { files, backend }) {
    const { examples, sha256, ...side } = await readFolder(files, values);
    requireSameSize("a picture", side, description.sizes);
    const own = sha256 === description.data.sha256;
    const chosen = own ? examples.filter((one) => partOf(one.name, description.shares) === "test") : examples;
    const { model, vocabulary } = description;
    const { loss, units } = await evaluate({
      ...{ backend: await backend(), params: checkpoint.params as Params },
      ...{ loss: model.loss, dims: model.dims, source: sourceFrom(vocabulary, chosen, 32) },
    });
    const json = { nats: loss, characters: units, pictures: chosen.length };
    yield { text: `${loss.toFixed(4)} nats per character of ${chosen.length} captions\n`, json };
  },
};

const CAPTION = options({
  pictures: { type: "string", format: "folder", description: "a folder for pictures with their captions, as SVG" },
});

const caption: Use<Captioner, typeof CAPTION> = {
  name: "caption",
  summary: "say what is on pictures",
  description: "Writes a caption for each picture. One that cannot be read is told of, and the others are captioned.",
  options: CAPTION,
  inputs: [{ name: "image", description: "PGM or PPM files", required: true, many: true }],
  examples: [["throughtime caption out/captioning cat.pgm dog.pgm", "two pictures"]],
  async *run({ checkpoint, description }, { pictures }, { files, inputs, backend, signal }) {
    const captioner = await captionerOn(await backend(), description, checkpoint.params);
    try {
      for (const [i, path] of inputs.entries()) {
        if (signal.aborted) return;
        const name = files.name(path);
        try {
          const picture = await readPicture(files, path);
          requireSameSize(name, picture, description.sizes);
          const said = await captioner.caption(picture);
          // Two pictures of different folders may have one name.
          const svg = { [`${i + 1}-${name}.svg`]: new TextEncoder().encode(captioned(picture, said)) };
          yield {
            text: `${name}: ${said}\n`,
            json: { image: path, caption: said },
            ...(pictures !== undefined && { files: { option: "pictures", contents: svg } }),
          };
        } catch (error) {
          if ((error as Error).name !== "DataError") throw error;
          yield { problem: (error as Error).message };
        }
      }
    } finally {
      captioner.release();
    }
  },
};

export const captioningTask: Task<Captioner, typeof TRAIN> = {
  ...OPENS,
  name: "captioning",
  train: {
    summary: "a captioner of small pictures",
    description: "Trains a model that says what is on a picture, from a folder of PGM or PPM files and captions.tsv.",
    options: TRAIN,
    examples: [["throughtime train captioning --data pictures", "twenty epochs"]],
    epochs: 20,
    prepare,
  },
  read,
  evaluate: evaluation,
  uses: [caption],
};
