import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** A SHA-256 of texts that come one after the other, as UTF-8. WebCrypto would want all of them at once. */
export interface TextHash {
  note(text: string): void;
  /** In hexadecimal, of all that came so far. */
  digest(): string;
}

const utf8 = new TextEncoder();

export function textHash(): TextHash {
  const hash = sha256.create();
  return {
    note: (text) => void hash.update(utf8.encode(text)),
    digest: () => bytesToHex(hash.clone().digest()),
  };
}

/** A number in [0, 1) that is the same for equal texts: what share of the data a text falls into. */
export function shareOf(text: string): number {
  const [a, b, c, d] = sha256(utf8.encode(text)) as unknown as [number, number, number, number];
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
}
