/** What the demo trains; its test trains less. */
export interface DemoSettings {
  readonly folder: string;
  /** Options of `throughtime train lm`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Steps after which the model writes, beside every validation. */
  readonly showAt: readonly number[];
}

/** About two minutes on two cores: four times through the book. */
export const DEMO: DemoSettings = {
  folder: "out/demo",
  options: { steps: 2128, validateEvery: 266, sample: 240 },
  showAt: [1, 40, 120],
};
