import { perplexity } from "@throughtime/metrics";
import {
  dataNeeded,
  evaluatedPart,
  type OptionValues,
  options,
  partError,
  partOption,
  type Said,
  type SavedModel,
  type Use,
  type UseContext,
} from "@throughtime/task";
import { evaluate, type Loss } from "@throughtime/train";
import type { CaptionerDescription } from "../file/description.js";
import { imageCaptioner } from "../file/image-captioner.js";
import { captioned } from "./captioned.js";
import { captionBatches, type HostBatch } from "./captions.js";
import { dataOf } from "./data-of.js";
import { encodingOfModel, picturesOf } from "./encoding.js";
import { nearestCaptions } from "./nearest.js";
import { DATA, ENCODER_FILE } from "./options.js";
import { pointingOf, pointingText } from "./pointing.js";
import { examplesOf, skippedText } from "./prepare.js";
import { REPORT, reportFiles } from "./report.js";
import { scoresOf, scoreText } from "./scores.js";
import { attentionPictures, type ShownCaption } from "./sections.js";
import { count } from "./texts.js";

const OPTIONS = options({
  ...DATA,
  ...ENCODER_FILE,
  ...partOption("pictures"),
  beam: { type: "integer", minimum: 1, default: 5, placeholder: "n", description: "beam size" },
  examples: {
    ...{ type: "integer", minimum: 0, default: 0, placeholder: "n" },
    description: "captions to show, the first ones",
  },
  nearest: {
    type: "boolean",
    description: "measure beside it the caption of the nearest training picture, by pixels: what needs no training",
  },
  ...REPORT,
});

type Values = OptionValues<typeof OPTIONS>;
type Saved = SavedModel<CaptionerDescription>;

/** Pictures that are captioned side by side. */
const BATCH = 64;

/** Pictures in a report, where --examples does not say how many. */
const DRAWN = 20;

/** Measures a captioner: what it says of pictures, where it looks as it says it, and how likely it finds the right words. */
async function* run(saved: Saved, values: Values, context: UseContext): AsyncGenerator<Said> {
  const { checkpoint, description, path } = saved;
  const { model, network, codec, data: learned, shares } = description;
  const learner = { path, learned: learned.name, noun: "pictures" };
  if (values.data === undefined && learned.settings === null) throw dataNeeded(learner, "--data FOLDER or FILE");
  const encoding = await encodingOfModel(saved, values, context, { rows: "kept" });
  const sceneOptions = { size: model.preprocessing.size[0], isFresh: model.encoder.kind === "cnn" };
  const data = await dataOf({ ...values, ...shares }, sceneOptions, { ...context, earlier: saved });
  const part = evaluatedPart(learner, { data: data.name, own: data.sha256 === learned.sha256, part: values.part });
  const names = part === "all" ? (["train", "validation", "test"] as const) : [part];
  const reader = await encoding.reader(picturesOf(data, names));
  await encoding.release();
  const images = names.flatMap((name) =>
    examplesOf(data, name, codec, LIMITS, reader).pictures.map((picture) => data.parts[name].at(picture, 0)),
  );
  if (images.length === 0) throw partError(part, { data: data.name, has: "no pictures", noun: "pictures", shares });
  const backend = await context.backend();
  const captioner = await imageCaptioner(backend, { model, network, codec }, checkpoint.params);
  try {
    const said: string[] = [];
    const shown: ShownCaption[] = [];
    const drawn = values.report === undefined ? 0 : values.examples || DRAWN;
    const pointing = pointingOf(data, network.encoder, model.preprocessing.size);
    const how = { beam: values.beam, batch: BATCH, signal: context.signal };
    for await (const { image, caption } of captioned(captioner, images, reader, how)) {
      said.push(caption.text);
      pointing.see(image, caption);
      if (shown.length < drawn) shown.push({ image, caption });
    }
    const references = images.map(({ captions }) => captions.map(codec.tokenizer.normalize));
    const scores = scoresOf(said, references);
    const pictures = { length: images.length, at: (index: number) => images[index] as (typeof images)[number] };
    const all = images.flatMap(({ captions }, picture) => captions.map((_, caption) => ({ picture, caption })));
    const { loss: nats } = await evaluate({
      ...{
        backend,
        params: checkpoint.params,
        dims: network.dims,
        loss: network.evaluation as Loss<unknown, HostBatch>,
        carry: network.carry,
      },
      source: captionBatches({ pictures, examples: all, codec, read: reader.read, batch: BATCH }),
    });
    const looked = pointing.result();
    const baseline = values.nearest && (await nearestCaptions(images, data.parts.train, context.host));
    const nearest = baseline && scoresOf(baseline.map(codec.tokenizer.normalize), references);
    const examples = images.slice(0, values.examples).map(({ source }, i) => ({
      image: source.name,
      said: said[i] as string,
      captions: references[i] as string[],
    }));
    const lines = [
      `${path}, step ${count(checkpoint.step)}, on ${part === "all" ? "all" : `the ${part} part`} of ${data.name}, beam ${values.beam}:`,
      `${scoreText(scores)}; perplexity ${perplexity(nats).toFixed(2)}`,
      ...(nearest ? [`the nearest training picture's caption: ${scoreText(nearest)}`] : []),
      ...(looked ? pointingText(looked) : []),
      ...skippedText(reader.failed),
      ...examples.map(({ image, said: text, captions }) =>
        captions.includes(text) ? `  ${image}: ${text}` : `  ${image}: ${text}  (right: ${captions[0]})`,
      ),
    ];
    yield {
      text: lines.map((line) => `${line}\n`).join(""),
      json: {
        ...{ checkpoint: path, step: checkpoint.step, data: data.name, part, ...scores },
        ...{ nats, perplexity: perplexity(nats), beam: values.beam },
        ...(nearest && { nearest }),
        ...(looked && { pointing: looked }),
        ...{ skipped: reader.failed.size, examples },
      },
    };
    if (values.report === undefined) return;
    const report = reportFiles();
    for (const [i, picture] of (await attentionPictures(shown, encoding, description)).entries()) {
      if (picture) yield report.figure(picture, i + 1);
    }
    yield report.page(saved, images.length);
  } finally {
    captioner.release();
    await reader.release();
  }
}

/** A caption that is measured may be of any length. */
const LIMITS = { maxLength: Number.POSITIVE_INFINITY };

export const evaluateUse: Use<CaptionerDescription, typeof OPTIONS> = {
  name: "eval",
  summary: "measure how well a model captions",
  description:
    "Measures a captioner: exact matches, BLEU-4, ROUGE-L and CIDEr-D of its captions, their perplexity, and of scenes how often it looks at what it speaks of. The pictures of its training are split as they were in the training.",
  options: OPTIONS,
  examples: [
    ["throughtime eval out/caption", "scenes that it never saw"],
    ["throughtime eval out/caption --report out/captions", "and the first 20 pictures, with where it looked"],
    ["throughtime eval out/flickr --data flickr8k --beam 5 --examples 10", "photos, with the first ten captions"],
  ],
  run,
};
