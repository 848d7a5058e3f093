import type { Prepared } from "@throughtime/task";
import { idsOf, type TextCodec } from "@throughtime/text";
import type { CaptionNetwork } from "../file/network.js";
import { ciderReward } from "../self-critical/cider-reward.js";
import { selfCritical } from "../self-critical/self-critical.js";
import type { Example, HostBatch } from "./captions.js";
import type { Pictures } from "./data.js";

/** Of generated pictures, the first so many tell how rare words are. */
const ENOUGH = 2000;

/** How much smaller steps are than those on cross-entropy. */
const RATE = 0.1;

export interface CriticalOptions {
  readonly network: CaptionNetwork;
  readonly codec: TextCodec;
  readonly pictures: Pictures;
  readonly examples: readonly Example[];
  /** Whether each pass has pictures of its own. */
  readonly fresh: boolean;
  /** Updates on cross-entropy before. */
  readonly from: number;
}

/** Self-critical training on CIDEr-D of the training captions, after some updates on cross-entropy. */
export function criticalOf({ network, codec, pictures, examples, fresh, from }: CriticalOptions) {
  const { begin, end } = codec.vocabulary;
  const captionsOf = (id: number) =>
    pictures
      .at(id % pictures.length, Math.floor(id / pictures.length))
      .captions.map((text) => [...idsOf(codec, text), end]);
  const known = [...new Set(examples.map(({ picture }) => picture))]
    .slice(0, fresh ? ENOUGH : Infinity)
    .map(captionsOf);
  const maxLength = known.flat().reduce((most, { length }) => Math.max(most, length - 1), 1);
  const reward = ciderReward(known, captionsOf);
  const compiled: (() => void)[] = [];
  return {
    rollout(backend) {
      const { release, ...options } = selfCritical(backend, network, { begin, end, maxLength, reward });
      compiled.push(release);
      return options as ReturnType<NonNullable<Prepared<HostBatch>["rollout"]>>;
    },
    factor: (step) => (step < from ? 1 : RATE),
    release() {
      for (const release of compiled.splice(0)) release();
    },
  } satisfies Pick<Prepared<HostBatch>, "rollout" | "factor"> & { release(): void };
}
