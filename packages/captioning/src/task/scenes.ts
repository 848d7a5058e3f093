import { type CaptionedImage, type Scene, scene, sceneImage } from "@throughtime/image-data";
import type { DataSettings } from "../file/description.js";
import { type CaptionData, hashOf, type PartName, type Pictures } from "./data.js";

/** Scenes in a pass, and those that are validated on and measured. */
const COUNTS: Readonly<Record<PartName, number>> = { train: 10_000, validation: 500, test: 1000 };

type SceneSettings = Extract<DataSettings, { name: "scenes" }>;

export interface SceneOptions {
  /** Of the pictures, in pixels. */
  readonly size: number;
  /** Whether each pass over the training part has new scenes, so that there is nothing to learn by heart. */
  readonly isFresh: boolean;
}

/** Generated scenes. Those to validate on and to measure are the same in every pass. */
export function sceneData(settings: SceneSettings, { size, isFresh }: SceneOptions): CaptionData {
  const { kind } = settings;
  const scenes = new WeakMap<CaptionedImage, Scene>();
  const part = (name: PartName): Pictures => {
    const length = COUNTS[name];
    return {
      length,
      at(index, pass) {
        const number = name === "train" && isFresh ? pass * length + index : index;
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
    sha256: hashOf({ ...settings, size, isFresh, counts: COUNTS }),
    parts: { train: part("train"), validation: part("validation"), test: part("test") },
    notes: isFresh ? ["every pass has new scenes"] : [],
    fresh: isFresh,
    sceneOf: (image) => scenes.get(image),
  };
}
