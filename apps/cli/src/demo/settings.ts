/** What the demo trains; its test trains less. */
export interface DemoSettings {
  readonly folder: string;
  /** Options of `throughtime train lm`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Steps after which the model writes, beside every validation. */
  readonly showAt: readonly number[];
  /** Options of `throughtime train caption`, which comes last. */
  readonly captions: Readonly<Record<string, unknown>>;
}

/** Under three minutes on two cores: three times through the book, and a minute of pictures. */
export const DEMO: DemoSettings = {
  folder: "out/demo",
  options: { steps: 1596, validateEvery: 266, sample: 240 },
  showAt: [1, 40, 120],
  captions: {
    ...{ hidden: 128, embedding: 64, attentionSize: 64, batch: 16, learningRate: 1.5e-3, penalty: 0 },
    ...{ steps: 1000, validateEvery: 250, score: 100 },
  },
};
