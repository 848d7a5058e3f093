import { quote } from "@throughtime/core";

/** The formats that are read by sharp, by their first bytes. "...." stands for any four. */
const SIGNATURES: readonly (readonly [name: string, ...first: readonly string[]])[] = [
  ["JPEG", "\xff\xd8\xff"],
  ["PNG", "\x89PNG\r\n\x1a\n"],
  ["GIF", "GIF87a", "GIF89a"],
  ["WebP", "RIFF....WEBP"],
  ["AVIF", "....ftyp"],
  ["TIFF", "II*\0", "MM\0*", "II+\0", "MM\0+"],
];

/** The name of a format that sharp reads, by a picture's first bytes; undefined where it is none of these. */
export function formatOf(bytes: Uint8Array): string | undefined {
  const begins = (first: string) =>
    bytes.length >= first.length &&
    [...first].every((letter, i) => letter === "." || letter.charCodeAt(0) === bytes[i]);
  return SIGNATURES.find(([, ...firsts]) => firsts.some(begins))?.[0];
}

/** The text of an SVG; undefined where the bytes are none. */
export function svgText(bytes: Uint8Array): string | undefined {
  if (firstSign(bytes) !== 0x3c) return undefined;
  const text = textOf(bytes);
  return text !== undefined && /<(?:[\w.-]+:)?svg[\s/>]/.test(text) ? text : undefined;
}

/** What bytes are that are no picture, as an error says it. */
export function whatItIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return "it is empty";
  const begin = bytes.subarray(0, 512);
  const text = textOf(begin);
  if (text !== undefined && !text.includes("\0")) return `it is a text that begins ${quote(text.slice(0, 60))}`;
  const hex = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return `it begins with the bytes ${hex.join(" ")}, which no such picture does`;
}

/** The first byte after a byte order mark and white space. */
function firstSign(bytes: Uint8Array): number | undefined {
  const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.subarray(from, from + 4096).find((byte) => byte > 0x20);
}

/** Bytes as UTF-8, of which the last character may be cut; undefined where they are none. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
