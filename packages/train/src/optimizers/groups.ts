import { type DType, describe, isFloat, OptionError, requireList } from "@throughtime/core";
import { requireRange } from "../check.js";

/**
 * What is different for some of the parameters. A leaf belongs to the first group that matches its path in the tree of
 * parameters ("encoder.layers.0.b"). `H` are the optimizer's own options, each of which a group may override.
 *
 * @example [{ match: /(^|\.)b$/, weightDecay: 0 }, { match: (path) => path.startsWith("encoder."), frozen: true }]
 */
export type Group<H> = {
  readonly match: RegExp | ((path: string) => boolean);
  /** These parameters stay as they are: no gradient is computed for them and no state is kept. Default false. */
  readonly frozen?: boolean;
  /** Their learning rate is this multiple of the optimizer's. Default 1. */
  readonly learningRateMultiple?: number;
} & { readonly [K in keyof H]?: H[K] };

export interface LeafOptions<H> {
  readonly frozen: boolean;
  readonly learningRateMultiple: number;
  readonly hyper: H;
}

/** What holds for the leaf at `path`. Leaves that are not floats never train. */
export function optionsAt<H extends object>(
  hyper: H,
  groups: readonly Group<H>[],
  path: string,
  dtype: DType,
): LeafOptions<H> {
  const group = groups.find(({ match }) => (typeof match === "function" ? match(path) : path.search(match) >= 0));
  if (!group) return { frozen: !isFloat(dtype), learningRateMultiple: 1, hyper };
  const { match: _, frozen = false, learningRateMultiple = 1, ...overrides } = group;
  return { frozen: frozen || !isFloat(dtype), learningRateMultiple, hyper: { ...hyper, ...given(overrides) } };
}

const given = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** Throws OptionError where a group names an option that the optimizer does not have, or a negative multiple. */
export function checkGroups<H extends object>(name: string, hyper: H, groups: readonly Group<H>[]): void {
  requireList(`${name}: groups`, groups);
  for (const [i, { match, frozen: _, learningRateMultiple = 1, ...overrides }] of groups.entries()) {
    if (typeof match !== "function" && !(match instanceof RegExp))
      throw new OptionError(
        `${name}: group ${i} matches ${describe(match)}; expected a RegExp or a function of the path.`,
      );
    requireRange(`${name}: group ${i}`, "learningRateMultiple", learningRateMultiple, 0);
    const unknown = Object.keys(overrides).find((option) => !(option in hyper));
    if (unknown === undefined) continue;
    throw new OptionError(
      `${name}: group ${i} sets ${unknown}; expected one of ${Object.keys(hyper).join(", ")}, frozen, learningRateMultiple.`,
      { option: unknown },
    );
  }
}
