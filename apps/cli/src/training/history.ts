import { constants } from "node:fs";
import { open, readFile, rename, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { DataError } from "@throughtime/core";
import {
  growingHistory,
  type History,
  type HistoryEvent,
  historyCsv,
  historyLine,
  parseHistory,
  reportPage,
  rewindHistory,
} from "@throughtime/report";
import { fileStore } from "@throughtime/train/node";
import { reasonOf } from "../read-file.js";

/** The files of a training's history, in its folder. */
export const HISTORY = { events: "history.jsonl", table: "history.csv", page: "report.html" } as const;

export interface HistoryOptions {
  /** How many steps the training has made that goes on; what a history says of later ones is dropped. Default 0: a new training. */
  readonly resumeFrom?: number;
  /** What the page is called. Default: the folder's name. */
  readonly title?: string;
}

/** A training's history as files: events as they come, and from them a table and a page, which follow at validations and at the end. */
export interface HistoryFile {
  /** As far as it has got. */
  readonly history: History;
  /** Throws DataError for what is no event, and where events could not be written. */
  write(event: HistoryEvent): Promise<void>;
  /** What was written is on the disk then. Throws DataError where it could not be written. */
  sync(): Promise<void>;
  /** Writes what is left. Throws DataError or CheckpointError where that fails. */
  close(): Promise<void>;
}

/** Events are on their way to the disk after so many seconds at most; the table and the page follow at validations, and now and then. */
const [FLUSH, REFRESH, REFRESH_MEASURED] = [3, 60, 5];
/** A page that is open shows what is new after so many seconds. */
const RELOAD = 30;
/** Of a training's time, at most this share goes into its table and page. */
const SHARE = 0.005;

/**
 * Opens the history in a folder that this process holds. Of a training that goes on, a last line that was cut is mended and later
 * steps are dropped, in one rename; of a new one, a history that stands there is kept as history.old.jsonl.
 *
 * Throws DataError, naming the line, for a history that is damaged, and where the file cannot be read or written.
 */
export async function openHistory(folder: string, options: HistoryOptions = {}): Promise<HistoryFile> {
  const { resumeFrom = 0, title = basename(resolve(folder)) } = options;
  const path = join(folder, HISTORY.events);
  const store = fileStore(folder);
  const encode = (text: string) => new TextEncoder().encode(text);
  let before: History | undefined;
  if (resumeFrom === 0) await setAside(path);
  else {
    const found = await readHistory(path);
    const kept = rewindHistory(found, resumeFrom, path);
    if (kept !== found) await store.write(HISTORY.events, encode(kept));
    before = parseHistory(kept, path);
  }
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW = 0 } = constants;
  const file = await open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW).catch(cannotWrite(path));

  const history = growingHistory(before);
  let waiting: string[] = [];
  let flushed = performance.now();
  let drawn = performance.now();
  let cost = 0;
  let drawing: Promise<unknown> | undefined;
  let failed = false;

  const flush = async () => {
    const text = waiting.join("");
    waiting = [];
    flushed = performance.now();
    // Behind a line that was written in part nothing may stand.
    if (text === "" || failed) return;
    await file.appendFile(text).catch((cause) => {
      failed = true;
      cannotWrite(path)(cause);
    });
  };
  const draw = async (refresh?: number) => {
    const began = performance.now();
    const run = { name: title, history };
    const [table, page] = [encode(historyCsv(history)), encode(reportPage([run], { refresh }))];
    drawn = performance.now();
    cost = drawn - began;
    await store.write(HISTORY.table, table);
    await store.write(HISTORY.page, page);
  };
  return {
    history,
    async write(event) {
      waiting.push(historyLine(event));
      history.add(event);
      const measured = event.event !== "step" || event.validation !== undefined;
      const now = performance.now();
      if (measured || now - flushed >= 1000 * FLUSH) await flush();
      const pause = Math.max(1000 * (measured ? REFRESH_MEASURED : REFRESH), cost / SHARE);
      if (drawing || now - drawn < pause) return;
      // The next one may succeed; the last one says so where it does not.
      drawing = draw(RELOAD)
        .catch(() => {})
        .finally(() => {
          drawing = undefined;
        });
    },
    async sync() {
      await flush();
      if (!failed) await file.datasync().catch(cannotWrite(path));
    },
    async close() {
      try {
        await flush();
        await drawing;
        if (!failed) await draw();
      } finally {
        await file.close();
      }
    },
  };
}

/** "" where there is none. */
async function readHistory(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new DataError(`history: cannot read ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  }
}

/** A new training begins where a history stands of one whose checkpoints are gone: it is kept under a name that is free. */
async function setAside(path: string): Promise<void> {
  const size = await sizeOf(path);
  if (size === undefined || size === 0) return;
  let kept = path.replace(/\.jsonl$/, ".old.jsonl");
  for (let n = 2; (await sizeOf(kept)) !== undefined; n++) kept = path.replace(/\.jsonl$/, `.old-${n}.jsonl`);
  await rename(path, kept).catch(cannotWrite(path));
}

/** Undefined where nothing is there. */
const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );

const cannotWrite =
  (path: string) =>
  (cause: unknown): never => {
    throw new DataError(`history: cannot write ${path}: ${reasonOf(cause)}.`, { path }, { cause });
  };
