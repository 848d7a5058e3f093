import { describe, OptionError, optionsOf } from "@throughtime/core";
import { requireText } from "../require.js";
/** Marks the side of a token that no space stood at: U+FFED, as OpenNMT's tokenizer does. */
export const JOINER = "￭";

export interface CaseOptions {
  /** "lower": the text is lower-cased, by Unicode's rules. Default "mixed". */
  readonly case?: "mixed" | "lower";
}

/** The case of options. Throws ArgumentError for an option that there is not, OptionError for a case that there is not. */
export function caseOf(op: string, options: CaseOptions): "mixed" | "lower" {
  const { case: letters = "mixed" } = optionsOf(op, options, "case");
  if (letters === "mixed" || letters === "lower") return letters;
  throw new OptionError(`${op}: case must be "mixed" or "lower", received ${describe(letters)}.`, { case: letters });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: white space is what \s is, and what else is for Python.
const SPACES = /[\s\x1c-\x1f\x85]+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: those that are no white space.
const CONTROLS = /[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+/gu;

/**
 * A text as tokenizers see it: Unicode's NFC; each run of white space of any kind is one space, with none at the ends; control
 * characters are dropped. Idempotent, and the same for canonically equivalent texts.
 */
export function normalizeText(text: string, { case: letters = "mixed" }: CaseOptions = {}): string {
  requireText("normalizeText: the text", text);
  const bare = text.replace(CONTROLS, "").replace(SPACES, " ").trim();
  // What becomes of a capital sigma depends on what stands beside it, so lower case is last but for composing.
  return (letters === "lower" ? bare.toLowerCase() : bare).normalize("NFC");
}
