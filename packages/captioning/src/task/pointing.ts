import type { CaptionedImage, Scene } from "@throughtime/image-data";
import { type Pointing, type PointingGame, pointingGame } from "@throughtime/metrics";
import type { ImageCaption } from "../file/image-captioner.js";
import type { CaptionData } from "./data.js";

/** How often the peak of the attention lies in the box of what a word speaks of. */
export interface PointingTest {
  see(image: CaptionedImage, caption: ImageCaption): void;
  /** Undefined where there is nothing to point at: without attention, or where nobody knows the boxes. */
  result(): PointingScores | undefined;
}

export type PointingScores = {
  /** With boxes as they are. */
  readonly strict: PointingGame;
  /** With boxes that are half a cell of the grid larger on every side: a cell that touches one counts. */
  readonly grown: PointingGame;
};

/** Half a cell: what the centre of a cell is away from its edge. */
const MARGIN = 0.5;

/**
 * The pointing game over scenes, of words of shape, colour and size that are right: of a wrong word there is no box to look at.
 * `size`: [height, width] of the pictures in pixels.
 */
export function pointingOf(
  { sceneOf }: Pick<CaptionData, "sceneOf">,
  { height, width }: { readonly height: number; readonly width: number },
  size: readonly [height: number, width: number],
): PointingTest {
  const pointings: Pointing[] = [];
  return {
    see(image, { tokens, attention }) {
      const scene = sceneOf?.(image);
      if (!scene || !attention) return;
      for (const [t, { object, says, word }] of scene.words.entries()) {
        if (object === undefined || says === undefined || tokens[t] !== word) continue;
        const { box } = scene.objects[object] as Scene["objects"][number];
        pointings.push({ weights: attention[t] as Float32Array, height, width, boxes: [box], kind: says });
      }
    },
    result: () =>
      pointings.length === 0
        ? undefined
        : { strict: pointingGame(pointings, { size }), grown: pointingGame(pointings, { size, margin: MARGIN }) },
  };
}

/** For people. */
export function pointingText({ strict, grown }: PointingScores): readonly string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const text = (game: PointingGame) =>
    [
      `all ${percent(game.accuracy)}`,
      ...Object.entries(game.kinds).map(([kind, own]) => `${kind} ${percent(own.accuracy)}`),
    ].join(", ");
  return [
    `it looks at what it speaks of, of ${strict.count.toLocaleString("en")} words: ${text(strict)}; by half a cell around it: ${text(grown)}`,
  ];
}
