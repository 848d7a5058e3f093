import { type CaptionedImage, type Scene, scene, sceneImage } from "@throughtime/image-data";
import type { DataSettings } from "../file/description.js";
import { type CaptionData, hashOf, type PartName, type Pictures } from "./data.js";

/** Scenes in a pass, and those that are validated on and measured. */
const COUNTS: Readonly<Record<PartName, number>> = { train: 10_000, validation: 500, test: 1000 };

type SceneSettings = Extract<DataSettings, { name: "scenes" }>;

/**
 * Generated scenes. Each pass over the training part has new ones, so that there is nothing to learn by heart; those to validate on and to
 * measure stay the same.
 */
export function sceneData(settings: SceneSettings, size: number): CaptionData {
  const { kind } = settings;
  const scenes = new WeakMap<CaptionedImage, Scene>();
  const part = (name: PartName): Pictures => {
    const length = COUNTS[name];
    return {
      length,
      at(index, pass) {
        const number = name === "train" ? pass * length + index : index;
        const drawn = scene(number, { kind, part: name, size });
        const image = sceneImage(drawn, `${name} scene ${number + 1}`);
        scenes.set(image, drawn);
        return image;
      },
    };
  };
  return {
    name: `scenes, ${kind}`,
    settings,
    sha256: hashOf({ ...settings, size, counts: COUNTS }),
    parts: { train: part("train"), validation: part("validation"), test: part("test") },
    notes: ["every pass has new scenes"],
    fresh: true,
    sceneOf: (image) => scenes.get(image),
  };
}
