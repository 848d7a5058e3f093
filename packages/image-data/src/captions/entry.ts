import { DataError, describe, quote } from "@throughtime/core";

/** A picture of a file of captions, before it is checked that there are any. */
export interface CaptionEntry {
  /** Where it stands: "images[3]", "line 12". */
  readonly place: string;
  /** Beneath the folder with the pictures. */
  readonly path: string;
  readonly captions: readonly string[];
  readonly part?: "train" | "validation" | "test" | undefined;
}

/** Makes the error of a file, of a place in it and of what is wrong there. */
export type FailAt = (place: string, text: string) => DataError;

export const failIn =
  (name: string): FailAt =>
  (place, text) =>
    new DataError(`readCaptions: ${place} of ${name} ${text}`, { name, place });

/** Longer than any caption: what is so long is another kind of file. */
const MOST_CHARACTERS = 10_000;

/** A caption with single spaces, which may be empty. */
export function captionOf(value: unknown, place: string, fail: FailAt): string {
  if (typeof value !== "string") throw fail(place, `is ${describe(value)}; expected a caption.`);
  if (value.length > MOST_CHARACTERS) {
    throw fail(place, `has ${value.length} characters; a caption has at most ${MOST_CHARACTERS}.`);
  }
  return value.replace(/\s+/g, " ").trim();
}

/** A file's path, which leads nowhere but beneath the folder with the pictures. */
export function pathOf(value: unknown, place: string, fail: FailAt): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw fail(place, `is ${describe(value)}; expected the name of a picture's file.`);
  }
  const leadsOut = /^[/\\]|^[a-z]:|\0/i.test(value) || value.split(/[/\\]/).includes("..");
  if (leadsOut || value.length > 1000) {
    throw fail(place, `is ${quote(value)}; expected a path beneath the folder with the pictures, without "..".`);
  }
  return value;
}

export function listOf(value: unknown, place: string, fail: FailAt): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw fail(place, `is ${describe(value)}; expected a list.`);
}

export function fieldsOf(value: unknown, place: string, fail: FailAt): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw fail(place, `is ${describe(value)}; expected an object.`);
}
