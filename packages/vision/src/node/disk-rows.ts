import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { CheckpointError, DataError, describe, OptionError, optionsOf, printable } from "@throughtime/core";
import { noRow, type RowOptions, type RowStore, rowCodec } from "../rows.js";

export interface DiskRowOptions extends RowOptions {
  /** Where all such rows stand, of other things too; it is made where it is not there. */
  readonly folder: string;
  /** What the rows are of, as plain JSON: an encoder and its preprocessing. Rows of another value are other rows. */
  readonly of: object;
  /** Node's file system, or another in its place. */
  readonly files?: RowFiles | undefined;
}

/** What is used of node:fs/promises. */
export interface RowFiles {
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>;
  readdir(path: string): Promise<string[]>;
  open(path: string, flags: string): Promise<RowFile>;
}

export type RowFile = Pick<FileHandle, "read" | "write" | "stat" | "close">;

/** A row as a file has it: its key, a CRC-32 of key and numbers, the numbers. */
const KEY = 32;
const HEAD = KEY + 4;
const ENDING = ".rows";

/** Where a row stands. */
interface Place {
  readonly file: RowFile;
  readonly path: string;
  readonly at: number;
}

/**
 * Rows on a disk, found again by later runs. Keys are SHA-256 in hexadecimal. Each run writes a file of its own, which begins with what its
 * rows are of, so that runs at once are in nobody's way; what a run that was killed has written whole is used by the next one, and the rest is
 * not. A row is believed where its checksum is right.
 * Throws OptionError for options outside of what they may be, CheckpointError where the folder cannot be read or made; `write` throws
 * CheckpointError where the disk is full or refuses, and keeps the rows before.
 *
 * @example const rows = await diskRows({ folder: "features", of: encoder.describe(), width: 169 * 512 + 512 });
 */
export async function diskRows(options: DiskRowOptions): Promise<RowStore> {
  const op = "diskRows";
  const given = optionsOf(op, options, "folder", "of", "width", "dtype", "files");
  const { folder, of, width, dtype = "f16", files = { mkdir, readdir, open } } = given;
  if (typeof folder !== "string" || folder === "") {
    throw new OptionError(`${op}: folder is ${describe(folder)}; expected the path of a folder.`);
  }
  const codec = rowCodec(op, { width, dtype });
  const header = new TextEncoder().encode(`${JSON.stringify(["throughtime rows", 1, sorted({ of, width, dtype })])}\n`);
  const place = join(folder, createHash("sha256").update(header).digest("hex").slice(0, 16));
  const size = HEAD + codec.bytes;
  /** The places of a key: a row that was damaged is made anew in another file. */
  const rows = new Map<string, Place[]>();
  const note = (key: string, found: Place) => rows.set(key, [...(rows.get(key) ?? []), found]);
  const opened: RowFile[] = [];
  let own: { readonly file: RowFile; readonly path: string; end: number } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const close = async () => {
    for (const file of opened.splice(0)) await file.close().catch(() => {});
  };
  try {
    await files.mkdir(place, { recursive: true });
    for (const name of (await files.readdir(place)).filter((one) => one.endsWith(ENDING)).sort()) {
      const path = join(place, name);
      const file = await files.open(path, "r");
      opened.push(file);
      for (const [key, at] of await keysIn(file, header, size)) note(key, { file, path, at });
    }
  } catch (cause) {
    await close();
    throw refused(`cannot use ${place}`, cause);
  }

  /** The bytes of a row; undefined where there is none whose checksum is right. */
  const whole = async (key: string): Promise<Uint8Array | undefined> => {
    for (const { file, path, at } of rows.get(key) ?? []) {
      const record = await filled(file, size, at).catch((cause: unknown) => {
        throw refused(`cannot read ${path}`, cause);
      });
      const isRight = record?.readUInt32LE(KEY) === (record && checksum(record));
      if (record && isRight && keyOf(record) === key) return record.subarray(HEAD);
    }
    return undefined;
  };
  const has = async (key: string): Promise<boolean> => (await whole(key)) !== undefined;

  const add = async (key: string, row: Float32Array): Promise<void> => {
    if (await has(key)) return;
    const record = Buffer.alloc(size);
    record.set(codec.encode(row), HEAD);
    record.write(key, "hex");
    record.writeUInt32LE(checksum(record), KEY);
    const path = own?.path ?? join(place, `${randomBytes(8).toString("hex")}${ENDING}`);
    try {
      if (!own) {
        const file = await files.open(path, "wx+");
        opened.push(file);
        own = { file, path, end: 0 };
      }
      // A file of which not even its beginning could be written is begun again.
      if (own.end === 0) own.end = await written(own.file, header, 0);
      const at = own.end;
      own.end = await written(own.file, record, at);
      note(key, { file: own.file, path, at });
    } catch (cause) {
      const kept = `The ${rows.size.toLocaleString("en")} rows before are kept, and the next run goes on after them`;
      throw refused(`cannot write ${path}`, cause, kept);
    }
  };

  return {
    width,
    place,
    has,
    write(key, row) {
      if (!/^[0-9a-f]{64}$/.test(key)) {
        return Promise.reject(new DataError(`${op}: the key ${printable(key)} is no SHA-256 in hexadecimal.`));
      }
      const next = last.then(() => add(key, row));
      last = next.catch(() => {});
      return next;
    },
    async read(keys, parts = [width]) {
      const { all, fill } = codec.arrays(keys.length, parts);
      const readOne = async (key: string, i: number) => {
        const [found] = rows.get(key) ?? [];
        if (found === undefined) throw noRow(op, key);
        const bytes = await whole(key);
        if (bytes === undefined) {
          throw new DataError(
            `${op}: the row ${key} in ${found.path} was damaged. Run again: it is found out, and made anew.`,
            { key, path: found.path },
          );
        }
        fill(i, bytes);
      };
      await Promise.all(keys.map(readOne));
      return all;
    },
    close: () => last.then(close),
  };
}

/** The keys of whole rows in a file, and where these stand; none where the file begins with another header. */
async function keysIn(
  file: RowFile,
  header: Uint8Array,
  size: number,
): Promise<readonly (readonly [string, number])[]> {
  const begin = await filled(file, header.length, 0);
  if (begin === undefined || !begin.equals(header)) return [];
  const count = Math.floor(((await file.stat()).size - header.length) / size);
  const keys: [string, number][] = [];
  for (let i = 0; i < count; i++) {
    const at = header.length + i * size;
    const head = await filled(file, KEY, at);
    if (head === undefined) break;
    keys.push([keyOf(head), at]);
  }
  return keys;
}

const keyOf = (record: Buffer): string => record.toString("hex", 0, KEY);

const checksum = (record: Buffer): number => crc32(record.subarray(HEAD), crc32(record.subarray(0, KEY)));

/** So many bytes of a file; undefined where it ends before. */
async function filled(file: RowFile, length: number, at: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return bytes;
}

/** Writes all of the bytes; where they end. */
async function written(file: RowFile, bytes: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
  return at + bytes.length;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full. Free some space, or choose another folder",
  EDQUOT: "the disk quota is used up. Free some space, or choose another folder",
  EACCES: "there is no permission. Choose another folder",
  EROFS: "the file system is read-only. Choose another folder",
  ENOTDIR: "a part of the path is a file, not a folder",
  EEXIST: "there is a file of that name",
};

function refused(what: string, cause: unknown, more?: string): CheckpointError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const reason = REASONS[code] ? `${REASONS[code]} (${code})` : message;
  return new CheckpointError(`diskRows: ${what}: ${reason}.${more ? ` ${more}.` : ""}`, { code }, { cause });
}

/** A value of which equal ones have one text: keys of objects in the order of their code units. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, sorted(one)]));
}
