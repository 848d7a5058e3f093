// The rules by which `throughtime train translate` cuts text into tokens and joins them, for from-onnx.ts: no packages, plain text.

/** One side of a tokens.json: "words", "characters", "tagged" or "bpe", whose merges are in the order in which they were learnt. */
export interface Tokens {
  readonly kind: string;
  readonly tokens: readonly string[];
  readonly case?: string;
  readonly merges?: readonly (readonly [string, string])[];
}

/** The pieces of a word, merged in the order that was learnt: "Donau@@", "dampf". Its last character is marked by a zero. */
function piecesOf(merges: readonly (readonly [string, string])[]): (word: string) => readonly string[] {
  const ranks = new Map(merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
  return (word) => {
    const parts = `${word}\0`.match(/.\0?/gsu) as string[];
    for (;;) {
      const ranked = parts.slice(1).map((part, i) => ranks.get(`${parts[i]} ${part}`) ?? Infinity);
      const merge = merges[Math.min(...ranked)];
      if (!merge) return parts.map((part) => (part.endsWith("\0") ? part.slice(0, -1) : `${part}@@`));
      const [a, b] = merge;
      for (let i = 0; i < parts.length; i++) if (parts[i] === a && parts[i + 1] === b) parts.splice(i, 2, a + b);
    }
  };
}

/** Cuts text as it was cut for training: punctuation is a word by itself, marked "￭" where no space stands before it. */
export function cutter({ kind, merges = [], case: letters }: Tokens): (text: string) => readonly string[] {
  if (kind === "characters") return (text) => [...text];
  const pieces = kind === "bpe" ? piecesOf(merges) : (word: string) => [word];
  return (text) => {
    const [, tag = "", rest = ""] = text.trim().match(/^(\S*)\s*(.*)$/su) ?? []; // a tag, and the characters after it
    if (kind === "tagged") return tag === "" ? [] : [tag, ...rest];
    const own = (letters === "lower" ? text.toLowerCase() : text).replaceAll("￭", "").normalize("NFC");
    return own.split(/\s+/).flatMap((chunk) => {
      const words = chunk.match(/[\p{L}\p{M}\p{N}]+(?:['’\-.,][\p{L}\p{M}\p{N}]+)*|\P{Cc}/gsu) ?? [];
      return words.map((word, i) => (i === 0 ? word : `￭${word}`)).flatMap(pieces);
    });
  };
}

/** Joins tokens to text. */
export function join({ kind }: Tokens, tokens: readonly string[]): string {
  if (kind === "characters") return tokens.join("");
  if (kind === "tagged") return [tokens[0], " ", ...tokens.slice(1)].join("").trim();
  return tokens.join(" ").replaceAll(/@@( |$)| ?￭/g, "");
}
