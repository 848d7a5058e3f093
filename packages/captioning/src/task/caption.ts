import { OptionError, printable } from "@throughtime/core";
import { type OptionValues, options, type Said, type SavedModel, type Use, type UseContext } from "@throughtime/task";
import type { ImageSource } from "@throughtime/vision";
import type { CaptionerDescription } from "../file/description.js";
import { type ImageCaption, imageCaptioner } from "../file/image-captioner.js";
import { encodingOfModel } from "./encoding.js";
import { ENCODER_FILE } from "./options.js";
import { REPORT, reportFiles } from "./report.js";
import { attentionPictures } from "./sections.js";

const OPTIONS = options({
  beam: { type: "integer", minimum: 1, default: 5, placeholder: "n", description: "beam size; 1: greedy" },
  nBest: {
    ...{ type: "integer", minimum: 1, default: 1, placeholder: "n" },
    description: "captions of each picture, as: picture ||| text ||| score",
  },
  lengthPenalty: {
    ...{ type: "number", minimum: 0, default: 1, placeholder: "alpha" },
    description: "alpha of Wu et al. 2016; 0: none, which favours short captions",
  },
  maxLength: { type: "integer", minimum: 1, default: 50, placeholder: "n", description: "most tokens of a caption" },
  batch: {
    ...{ type: "integer", minimum: 1, default: 32, placeholder: "n" },
    description: "pictures that are captioned in one batch",
  },
  ...REPORT,
  ...ENCODER_FILE,
});

type Values = OptionValues<typeof OPTIONS>;
type Saved = SavedModel<CaptionerDescription>;

/** Captions pictures, in their order. One that cannot be read is told of, and the others are captioned. */
async function* run(saved: Saved, values: Values, context: UseContext): AsyncGenerator<Said> {
  const { beam, nBest, lengthPenalty, maxLength, batch } = values;
  if (nBest > beam) throw new OptionError(`--n-best ${nBest} is more than --beam ${beam} finds. Widen the beam.`);
  const { files, inputs, signal } = context;
  files.requireOneInput(inputs);
  const encoding = await encodingOfModel(saved, values, context, { rows: "memory" });
  const report = reportFiles();
  const captioner = await imageCaptioner(await context.backend(), saved.description, saved.checkpoint.params);
  try {
    context.stopsItself();
    for (let at = 0; at < inputs.length && !signal.aborted; at += batch) {
      const sources = inputs.slice(at, at + batch).map((path): ImageSource => ({ name: path, path }));
      const { read, failed, release } = await encoding.reader(sources.map((source) => ({ source, captions: [] })));
      const found = sources.filter(({ name }) => !failed.has(name)).map((source) => ({ source, captions: [] }));
      const how = { beam, nBest, lengthPenalty, maxLength };
      const captions = found.length === 0 ? [] : await captioner.captionBatch(await read(found), how);
      await release();
      const pairs = found.map((image, i) => ({ image, caption: captions[i] as ImageCaption }));
      const pictures = values.report === undefined ? [] : await attentionPictures(pairs, encoding, saved.description);
      let next = 0;
      for (const [i, { name }] of sources.entries()) {
        const error = failed.get(name);
        if (error) {
          yield { problem: printable(error.message, 300) };
          continue;
        }
        const picture = pictures[next];
        yield said(name, captions[next++] as ImageCaption, values);
        if (picture) yield report.figure(picture, at + i + 1);
      }
    }
    if (values.report !== undefined) yield report.page(saved, inputs.length);
  } finally {
    captioner.release();
    await encoding.release();
  }
  if (signal.aborted) yield { interrupted: true };
}

/** One line for a picture, or with more than one caption as Moses has them. */
function said(image: string, caption: ImageCaption, { nBest }: Values): Said {
  const all = [caption, ...caption.alternatives];
  const name = printable(image, 1000);
  const lines =
    nBest === 1
      ? [`${name}\t${caption.text}`]
      : all.map(({ text, score }) => `${name} ||| ${text} ||| ${score.toFixed(4)}`);
  return {
    text: lines.map((line) => `${line}\n`).join(""),
    json: { image, captions: all.map(({ text, score, tokens }) => ({ text, score, tokens })) },
  };
}

export const captionUse: Use<CaptionerDescription, typeof OPTIONS> = {
  name: "caption",
  summary: "say what is on pictures",
  description:
    "Writes a line for each picture: its name, tab, its caption. A picture that cannot be read is told of, and the others are captioned.",
  options: OPTIONS,
  inputs: [{ name: "image", description: "JPEG, PNG, GIF, WebP, AVIF, TIFF or SVG files", required: true, many: true }],
  examples: [
    ["throughtime caption out/caption photo.jpg drawing.svg", "two pictures"],
    ["throughtime caption out/caption photo.jpg --report out/captions", "and where it looked at each word"],
    ["throughtime caption out/caption photos/*.jpg --beam 5 --n-best 3 --json", "three captions each, for a program"],
  ],
  run,
};
