import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/** A SHA-256 of texts, as UTF-8, and of bytes that come one after the other. WebCrypto would want all of them at once. */
export interface TextHash {
  note(content: string | Uint8Array): void;
  /** In hexadecimal, of all that came so far. */
  digest(): string;
}

const utf8 = new TextEncoder();

export function textHash(): TextHash {
  const hash = sha256.create();
  return {
    note: (content) => void hash.update(typeof content === "string" ? utf8.encode(content) : content),
    digest: () => bytesToHex(hash.clone().digest()),
  };
}

/** A number in [0, 1) that is the same for equal texts: what share of the data a text falls into. */
export function shareOf(text: string): number {
  const [a, b, c, d] = sha256(utf8.encode(text)) as unknown as [number, number, number, number];
  return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32;
}

/** Which part of the data a text belongs to, wherever it stands among them: shares of it are kept apart to validate on and to test. */
export function partOf(
  text: string,
  { validation, test }: { readonly validation: number; readonly test: number },
): "train" | "validation" | "test" {
  const at = shareOf(text);
  if (at < validation) return "validation";
  return at < validation + test ? "test" : "train";
}
