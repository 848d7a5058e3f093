import { InvalidArgumentError } from "@commander-js/extra-typings";

/** Sizes of a batch and of the model: B sequences, T steps, H hidden units. */
export interface Config {
  readonly B: number;
  readonly T: number;
  readonly H: number;
}

/** The cells that are timed: see the README for what each peer makes of them. */
export const CELLS = ["lstm", "gru", "custom", "lstm-eight", "lstm-dropout"] as const;
export type CellName = (typeof CELLS)[number];

/** Characters in the vocabulary. */
export const V = 65;
export const LEARNING_RATE = 0.1;

/** "B32T50H128" as numbers. Throws InvalidArgumentError. */
export function parseConfig(text: string): Config {
  const match = /^B([1-9]\d*)T([1-9]\d*)H([1-9]\d*)$/.exec(text);
  if (!match) throw new InvalidArgumentError(`"${text}" is not a configuration like B32T50H128.`);
  const [B, T, H] = match.slice(1).map(Number) as [number, number, number];
  return { B, T, H };
}

export const configText = ({ B, T, H }: Config): string => `B${B}T${T}H${H}`;

/** "lstm,gru" as names that all stand in `known`. Throws InvalidArgumentError. */
export function parseNames<N extends string>(text: string, known: readonly N[]): N[] {
  const names = text.split(",").map((name) => name.trim());
  const strangers = names.filter((name) => !(known as readonly string[]).includes(name));
  if (strangers.length > 0) {
    throw new InvalidArgumentError(`There is no ${strangers.join(", ")}. There are ${known.join(", ")}.`);
  }
  return [...new Set(names)] as N[];
}
