import { BackendError } from "@throughtime/core";

/** The SHA-256 of bytes, in hexadecimal. Throws BackendError where there is no WebCrypto. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) {
    throw new BackendError("sha256: there is no WebCrypto, which Node has, and browsers have on https pages.");
  }
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
