import { MultiBar, Presets, type SingleBar } from "cli-progress";
import { count, duration, short } from "./format.js";
import { print, type Writer } from "./terminal.js";

/** How far a training is, after one step. */
export interface Progress {
  readonly step: number;
  readonly loss: number;
  /** Characters, words: what the training counts. */
  readonly unitsPerSecond: number;
  /** Since the training began in this process. */
  readonly seconds: number;
}

/** Shows how a training goes on. */
export interface ProgressView {
  update(progress: Progress): void;
  /** A line, or several, that stay. */
  note(text: string): void;
  /** Leaves the terminal as it was found. */
  stop(): void;
}

export interface ProgressOptions {
  readonly total: number;
  /** Steps that were done before this process began. */
  readonly from: number;
  /** What is counted a second: "characters". */
  readonly unit: string;
  /** Between two lines, where there is no terminal. Default 10. */
  readonly every?: { readonly seconds: number };
}

/**
 * A bar with loss, characters per second and time left where a person looks; elsewhere a plain line now and then,
 * without control characters.
 */
export function progressView(
  writer: Writer,
  { total, from, unit, every = { seconds: 10 } }: ProgressOptions,
): ProgressView {
  const smooth = smoother(from, total);
  return writer.isTTY
    ? barView(writer, total, from, unit, smooth)
    : lineView(writer, total, every.seconds, unit, smooth);
}

interface Shown {
  readonly loss: string;
  readonly rate: string;
  readonly left: string;
}

/** Running means, so that the numbers can be read; time left goes by the mean of this process. */
function smoother(from: number, total: number): (progress: Progress) => Shown {
  let loss: number | undefined;
  let rate: number | undefined;
  return (now) => {
    loss = loss === undefined ? now.loss : 0.95 * loss + 0.05 * now.loss;
    rate = rate === undefined ? now.unitsPerSecond : 0.9 * rate + 0.1 * now.unitsPerSecond;
    const left = (now.seconds / Math.max(1, now.step - from)) * (total - now.step);
    return { loss: loss.toFixed(3), rate: short(rate), left: duration(left) };
  };
}

function lineView(
  writer: Writer,
  total: number,
  every: number,
  unit: string,
  smooth: (progress: Progress) => Shown,
): ProgressView {
  let printed = -Infinity;
  return {
    update(progress) {
      const { loss, rate, left } = smooth(progress);
      if (progress.seconds - printed < every && progress.step < total) return;
      printed = progress.seconds;
      print(
        writer,
        `step ${count(progress.step)} of ${count(total)} · loss ${loss} · ${rate} ${unit}/s · ${left} left`,
      );
    },
    note: (text) => print(writer, text),
    stop() {},
  };
}

function barView(
  writer: Writer,
  total: number,
  from: number,
  unit: string,
  smooth: (progress: Progress) => Shown,
): ProgressView {
  const bars = new MultiBar(
    {
      stream: writer as NodeJS.WriteStream,
      format: `{bar} {percentage}% · step {value}/{total} · loss {loss} · {rate} ${unit}/s · {left} left`,
      barsize: 24,
      fps: 5,
      hideCursor: true,
      clearOnComplete: false,
      stopOnComplete: false,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const bar: SingleBar = bars.create(total, from, { loss: "–", rate: "–", left: "?" });
  return {
    update: (progress) => bar.update(progress.step, smooth(progress)),
    note: (text) => bars.log(`${text}\n`),
    stop() {
      bars.update();
      bars.stop();
    },
  };
}
