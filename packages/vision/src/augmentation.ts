import { describe, type Key, OptionError, optionsOf, uniform } from "@throughtime/core";
import type { Colour } from "./preprocessing.js";
import type { Motion } from "./warp.js";

/** How far pictures are changed at random, as torchvision's RandomAffine says it: plain JSON. What is not stated does not change. */
export interface Augmentation {
  /** Shifted by up to this share of the width, and of the height: within ±shift, uniformly. From 0 to 1. */
  readonly shift?: number;
  /** Enlarged by a factor of [least, most], uniformly; below 1 it becomes smaller. */
  readonly scale?: readonly [least: number, most: number];
  /** Turned by up to so many degrees, to either side, uniformly. From 0 to 180. */
  readonly rotation?: number;
  /** Behind transparent pixels, and where nothing is: any colour, or one of these. Default: they stay transparent. */
  readonly background?: "any" | readonly Colour[];
}

/** What a key draws. Each draw has its own number, so that one option changes nothing of the others. */
export function drawn(op: string, width: number, height: number, augmentation: Augmentation, key: Key) {
  const { shift, scale, rotation, background } = checkedAugmentation(op, augmentation);
  const draws = uniform(key, [8], -1).data;
  const [right, down, enlarged, turned, chosen, ...colour] = draws as unknown as [
    number,
    number,
    number,
    number,
    number,
  ];
  const share = (draw: number) => (draw + 1) / 2;
  const motion: Motion = {
    right: right * shift * width,
    down: down * shift * height,
    scale: scale[0] + (scale[1] - scale[0]) * share(enlarged),
    angle: (turned * rotation * Math.PI) / 180,
  };
  if (background !== "any") return { motion, background: background?.[Math.floor(share(chosen) * background.length)] };
  return { motion, background: (colour as number[]).map((draw) => share(draw) * 255) };
}

function checkedAugmentation(op: string, augmentation: Augmentation) {
  const given = optionsOf(`${op}: the augmentation`, augmentation, "shift", "scale", "rotation", "background");
  const { shift = 0, scale = [1, 1], rotation = 0, background } = given;
  const within = (name: string, value: unknown, least: number, most: number) => {
    if (typeof value === "number" && value >= least && value <= most) return;
    throw new OptionError(`${op}: ${name} is ${describe(value)}; expected a number from ${least} to ${most}.`, {
      [name]: value,
    });
  };
  within("shift", shift, 0, 1);
  within("rotation", rotation, 0, 180);
  if (!Array.isArray(scale) || scale.length !== 2) {
    throw new OptionError(`${op}: scale is ${describe(scale)}; expected [least, most], such as [0.8, 1.2].`, { scale });
  }
  within("scale[0]", scale[0], 0.01, 100);
  within("scale[1]", scale[1], scale[0], 100);
  if (background !== undefined && background !== "any") {
    if (!Array.isArray(background) || background.length === 0) {
      throw new OptionError(`${op}: background is ${describe(background)}; expected "any", or a list of colours.`, {
        background,
      });
    }
    background.forEach((colour, i) => {
      if (!Array.isArray(colour) || colour.length !== 3) {
        throw new OptionError(`${op}: background[${i}] is ${describe(colour)}; expected red, green and blue.`, {
          background,
        });
      }
      for (const value of colour) within(`background[${i}]`, value, 0, 255);
    });
  }
  return { shift, scale, rotation, background };
}
