import type { Task } from "@throughtime/task";
import { CAPTIONING, type CaptionerDescription, readCaptioner } from "../file/description.js";
import { captionUse } from "./caption.js";
import { evaluateUse } from "./evaluate.js";
import { exportCaptioner } from "./export.js";
import { EPOCHS, presetOf, TRAIN } from "./options.js";
import { prepare } from "./prepare.js";

/** Captioning: a network that says what is on a picture. */
export const captionTask: Task<CaptionerDescription, typeof TRAIN> = {
  name: "caption",
  ...CAPTIONING,
  train: {
    summary: "train a captioner on pictures",
    description:
      "Trains a network that says what is on a picture: generated scenes, emoji, or pictures of yours with captions. best.safetensors is the model with the lowest validation loss; what its captions are scored is shown, but does not decide.",
    options: TRAIN,
    examples: [
      ["throughtime train caption", "generated scenes, soft attention"],
      ["throughtime train caption --attention none --out out/top-down", "without attention"],
      ["throughtime train caption --data emoji --language ko", "drawings of npm packages"],
      ["throughtime train caption --data flickr8k --out out/flickr8k", "a folder of photos with their captions"],
      ["throughtime train caption --resume --epochs 20", "train longer"],
    ],
    epochs: EPOCHS,
    preset: presetOf,
    prepare,
  },
  read: readCaptioner,
  evaluate: evaluateUse,
  uses: [captionUse],
  export: exportCaptioner,
};
