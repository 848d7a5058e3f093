import { CheckpointError } from "@throughtime/core";

const DIGEST = '"sha256":"';
const LENGTH = '"bytes":"';
const DIGITS = 16;

/** What a file's metadata must hold for `seal` to fill in. */
export const BLANK_SEAL = { bytes: "0".repeat(DIGITS), sha256: "0".repeat(64) } as const;

/** Writes a file's length, and then the SHA-256 over all of it with its own digits as zeros, into its header, in place. */
export async function seal(file: Uint8Array): Promise<void> {
  const header = headerOf(file);
  const lengthAt = valueAt(header, LENGTH) as number;
  file.set(ascii(String(file.length).padStart(DIGITS, "0")), lengthAt);
  file.set(ascii(await sha256(file)), valueAt(header, DIGEST) as number);
}

/**
 * Throws CheckpointError unless a file is as long as its header says and has the digest that its header says. Nothing
 * else of the file is looked at, so nothing that is damaged is ever interpreted.
 */
export async function checkSeal(file: Uint8Array): Promise<void> {
  if (file.length < 8) throw refusal(`the file has ${file.length} bytes; it is truncated, or not a checkpoint`);
  const header = headerOf(file);
  const lengthAt = valueAt(header, LENGTH);
  const digestAt = valueAt(header, DIGEST);
  const digits = lengthAt === undefined ? "" : text(file.subarray(lengthAt, lengthAt + DIGITS));
  const declared = Number(digits);
  if (/^\d{16}$/.test(digits) && declared !== file.length) {
    const how = declared > file.length ? "truncated" : "longer than it was written";
    throw refusal(`the file is ${how}: it has ${file.length} bytes and says ${declared}`, { bytes: file.length });
  }
  if (digestAt === undefined || digestAt + 64 > file.length) {
    throw refusal("the header holds no SHA-256; it is damaged, or not a checkpoint that train wrote");
  }
  const said = text(file.subarray(digestAt, digestAt + 64));
  // Not `file.slice()`: that of Node's Buffer is the file itself.
  const blank = new Uint8Array(file);
  blank.set(ascii(BLANK_SEAL.sha256), digestAt);
  const actual = await sha256(blank);
  if (said !== actual) throw refusal(`the file is damaged: its SHA-256 is ${actual}, and its header says ${said}`);
}

export const refusal = (what: string, details: Readonly<Record<string, unknown>> = {}, cause?: unknown) =>
  new CheckpointError(`checkpoint: ${what}. Use another copy of it.`, details, { cause });

/** The bytes of a safetensors header, as far as they are there. */
const headerOf = (file: Uint8Array): Uint8Array => {
  const claimed = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  const there = BigInt(file.length - 8);
  return file.subarray(8, 8 + Number(claimed < there ? claimed : there));
};

/** The keys are sorted, and what precedes the digest is short. */
const BEFORE_FREE_TEXT = 1024;

/** Where the value of a metadata key begins in the file; its first mention, which precedes all free text. */
function valueAt(header: Uint8Array, key: string): number | undefined {
  const at = text(header.subarray(0, BEFORE_FREE_TEXT)).indexOf(key);
  return at < 0 ? undefined : 8 + at + key.length;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) {
    throw new CheckpointError(
      "checkpoint: WebCrypto is not there to compute a SHA-256; a browser has it on https pages.",
    );
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const ascii = (value: string): Uint8Array => Uint8Array.from(value, (char) => char.charCodeAt(0));
const text = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
