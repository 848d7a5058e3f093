import { ArgumentError, describe } from "@throughtime/core";
import type { Pixels } from "./fit-pixels.js";

/** A picture that is not decoded yet: a file's path, a file's bytes, or pixels. Errors call it by its name. */
export type ImageSource = { readonly name: string } & (
  | { readonly path: string }
  | { readonly bytes: Uint8Array }
  | { readonly pixels: Pixels }
);

/** A path as a source, and a source as it is. Throws ArgumentError for anything else. */
export function imageSource(op: string, given: string | ImageSource): ImageSource {
  if (typeof given === "string") return { name: given, path: given };
  if (typeof given !== "object" || given === null || typeof given.name !== "string") {
    throw new ArgumentError(
      `${op}: the picture is ${describe(given)}; expected a path, or { name } with a path, bytes or pixels.`,
    );
  }
  const { path, bytes, pixels } = given as { path?: unknown; bytes?: unknown; pixels?: unknown };
  if (typeof path === "string" || bytes instanceof Uint8Array || (typeof pixels === "object" && pixels !== null)) {
    return given;
  }
  throw new ArgumentError(
    `${op}: the picture ${describe(given.name)} has neither a path (string), bytes (Uint8Array) nor pixels.`,
  );
}
