import cliTruncate from "cli-truncate";
import { createLogUpdate } from "log-update";
import stringWidth from "string-width";
import { count, duration, short } from "./format.js";
import { print, type Screen, type Writer } from "./terminal.js";

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
  return writer.screen
    ? barView(writer.screen, writer, total, from, unit, smooth)
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

const BAR = 24;
/** Between two drawings, in milliseconds. */
const FRAME = 200;

function barView(
  screen: Screen,
  writer: Writer,
  total: number,
  from: number,
  unit: string,
  smooth: (progress: Progress) => Shown,
): ProgressView {
  // The cursor stays: what hides it must catch signals to show it again.
  const live = createLogUpdate(screen as NodeJS.WriteStream, { showCursor: true });
  let line = barLine(from, total, unit, { loss: "–", rate: "–", left: "?" }, widthOf(screen));
  let drawn = -Infinity;
  const draw = () => {
    drawn = performance.now();
    live(line);
  };
  draw();
  return {
    update(progress) {
      line = barLine(progress.step, total, unit, smooth(progress), widthOf(screen));
      if (performance.now() - drawn >= FRAME) draw();
    },
    note(text) {
      live.clear();
      print(writer, text);
      draw();
    },
    stop() {
      draw();
      live.done();
    },
  };
}

/** One less than there are: some terminals go to the next line after the last column. */
const widthOf = ({ columns = 80 }: Screen): number => Math.max(1, columns - 1);

/** One line, however narrow the terminal is: the bar gives way first, then the rate, then what stands last. */
export function barLine(step: number, total: number, unit: string, { loss, rate, left }: Shown, width: number): string {
  const share = total === 0 ? 1 : Math.min(1, step / total);
  const done = `${Math.floor(100 * share)}% · step ${step}/${total} · loss ${loss}`;
  const whole = `${done} · ${rate} ${unit}/s · ${left} left`;
  const bar = Math.min(BAR, width - stringWidth(whole) - 1);
  if (bar < 0) return clipped(`${done} · ${left} left`, width);
  const full = Math.round(share * bar);
  return bar < 4 ? whole : `${"█".repeat(full)}${"░".repeat(bar - full)} ${whole}`;
}

/** cli-truncate goes a column too far where a wide character stands at the end. */
function clipped(text: string, width: number): string {
  const cut = cliTruncate(text, width);
  return stringWidth(cut) <= width ? cut : cliTruncate(text, width - 1);
}
