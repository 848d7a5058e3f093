// The rules by which `throughtime train translate` cuts text into tokens and joins them, for from-onnx.ts: no packages, plain text.

/** One side of a tokens.json: "words", "characters", "tagged" or "bpe", whose merges are in the order in which they were learnt. */
export interface Tokens {
  readonly kind: string;
  readonly tokens: readonly string[];
  readonly case?: string;
  readonly merges?: readonly (readonly [string, string])[];
}

const isCharacters = ({ kind }: Tokens): boolean => kind === "characters" || kind === "tagged";

/** Every text is normalized first, whatever it is cut into: single spaces, no control characters, NFC, lower case where there is no other. */
function normalize(text: string, side: Tokens): string {
  const own = isCharacters(side) ? text : text.replaceAll("￭", "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: some are white space, the others are dropped.
  const bare = own.replace(/[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+/gu, "").replace(/[\s\x1c-\x1f\x85]+/gu, " ");
  return (side.case === "lower" ? bare.trim().toLowerCase() : bare.trim()).normalize("NFC");
}

/** Punctuation is a word by itself, marked "￭" where no space stands before it. */
const wordsOf = (text: string): readonly string[] =>
  text.split(" ").flatMap((chunk) => {
    const stretches = chunk.match(/.{1,1000000}/gsu) ?? []; // of which an expression can look at the whole
    const words = stretches.flatMap(
      (part) => part.match(/[\p{L}\p{M}\p{N}]+(?:['’\-.,][\p{L}\p{M}\p{N}]+)*|./gsu) ?? [],
    );
    return words.map((word, i) => (i === 0 ? word : `￭${word}`));
  });

/**
 * The pieces of a word, merged in the order that was learnt, each pair from left to right: "Donau@@", "dampf". Its last
 * character is marked by a zero. Pairs wait by rank, so that a long word takes little longer than its letters in short ones.
 */
function piecesOf(merges: readonly (readonly [string, string])[]): (word: string) => readonly string[] {
  const ranks = new Map(merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
  return (word) => {
    const parts: (string | undefined)[] = Array.from(`${word}`);
    parts[parts.length - 1] += "\0";
    const next = parts.map((_, i) => i + 1);
    const before = parts.map((_, i) => i - 1);
    const rankAt = (i: number) => ranks.get(`${parts[i]} ${parts[next[i] as number]}`);
    const waiting = new Map<number, number[]>();
    const wait = (i: number) => {
      const rank = i < 0 ? undefined : rankAt(i);
      if (rank === undefined) return;
      const places = waiting.get(rank);
      if (places) places.push(i);
      else waiting.set(rank, [i]);
    };
    parts.forEach((_, i) => wait(i));
    while (waiting.size > 0) {
      let lowest = Infinity;
      for (const rank of waiting.keys()) lowest = Math.min(lowest, rank);
      const places = (waiting.get(lowest) as number[]).sort((a, b) => a - b);
      waiting.delete(lowest);
      const merged = places.filter((i) => {
        if (parts[i] === undefined || rankAt(i) !== lowest) return false;
        const right = next[i] as number;
        parts[i] = `${parts[i]}${parts[right]}`;
        parts[right] = undefined;
        next[i] = next[right] as number;
        before[next[i] as number] = i;
        return true;
      });
      for (const i of merged) {
        wait(before[i] as number);
        wait(i);
      }
    }
    const left = parts.filter((part) => part !== undefined);
    return left.map((part) => (part.endsWith("\0") ? part.slice(0, -1) : `${part}@@`));
  };
}

/** Cuts text as it was cut for training. */
export function cutter(side: Tokens): (text: string) => readonly string[] {
  if (side.kind === "characters") return (text) => [...normalize(text, side)];
  if (side.kind === "tagged") {
    return (text) => {
      const [tag = "", rest = ""] = normalize(text, side).split(/ (.*)/su); // a tag, and the characters after it
      return tag === "" ? [] : [tag, ...rest];
    };
  }
  const pieces = side.kind === "bpe" ? piecesOf(side.merges ?? []) : (word: string) => [word];
  return (text) => wordsOf(normalize(text, side)).flatMap((word) => (word === "" ? [] : pieces(word)));
}

/** Joins tokens to text. */
function join(side: Tokens, tokens: readonly string[]): string {
  if (side.kind === "characters") return normalize(tokens.join(""), side);
  if (side.kind === "tagged") return normalize(`${tokens[0] ?? ""} ${tokens.slice(1).join("")}`, side);
  return normalize(tokens.join(" ").replaceAll(/@@( |$)| ￭/g, ""), side);
}

/** The words that tokens are of, whole, and for each token which one; −1 for a space. */
function wholeWords({ kind }: Tokens, tokens: readonly string[]): { words: string[]; of: number[] } {
  const tags = kind === "tagged" ? tokens.slice(0, 1) : [];
  const words = [...tags];
  const of = tags.map(() => 0);
  if (kind === "bpe") {
    tokens.forEach((token, i) => {
      const open = i > 0 && (tokens[i - 1] as string).endsWith("@@");
      const piece = token.replace(/@@$/, "");
      if (open) words[words.length - 1] += piece;
      else words.push(piece);
      of.push(words.length - 1);
    });
    return { words, of };
  }
  for (const word of wordsOf(tokens.slice(tags.length).join(""))) {
    while (tokens[of.length] === " ") of.push(-1);
    for (const _ of word.length > 1 ? word.replace("￭", "") : word) of.push(words.length);
    words.push(word);
  }
  return { words, of };
}

/**
 * What stands for an unknown word: the source's whole word that was looked at most, all its pieces together; from characters to
 * characters the character. `read`: the source's tokens. `weights`: over them.
 */
function copier(source: Tokens, target: Tokens, read: readonly string[]) {
  const alone = source.kind === "words" || (isCharacters(source) && isCharacters(target));
  const { words, of } = alone ? { words: read, of: read.map((_, s) => s) } : wholeWords(source, read);
  return (weights: ArrayLike<number>): string | undefined => {
    const seen = words.map(() => 0);
    of.forEach((word, s) => {
      if (word >= 0) seen[word] = (seen[word] as number) + (weights[s] as number);
    });
    const best = seen.reduce((most, weight, word) => (weight > (seen[most] as number) ? word : most), 0);
    return isCharacters(target) && !isCharacters(source) ? words[best]?.replace(/^￭(?=.)/su, "") : words[best];
  };
}

/** What was said of a source that was cut into `read`: the text of token ids, with the source's words for those that are unknown. */
export function textOf(
  source: Tokens,
  target: Tokens,
  read: readonly string[],
  { tokens: ids, attention }: { tokens: readonly number[]; attention?: readonly ArrayLike<number>[] },
): string {
  const copy = copier(source, target, read);
  const copied = (id: number, weights?: ArrayLike<number>) => (id === UNKNOWN && weights ? copy(weights) : undefined);
  return join(
    target,
    ids.map((id, t) => copied(id, attention?.[t]) ?? (target.tokens[id] as string)),
  );
}
const UNKNOWN = 1;

/** Lines of a stream of bytes. They end in LF or CRLF; in a text that has no LF at all, in CR. */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [held, any] = ["", false];
  for await (const chunk of bytes) {
    const lines = (held + decoder.decode(chunk, { stream: true })).split("\n");
    held = lines.pop() as string;
    any ||= lines.length > 0;
    for (const line of lines) yield line.replace(/\r$/, "");
  }
  const last = any ? [held.replace(/\r$/, "")] : held.split("\r");
  if (last.at(-1) === "") last.pop();
  yield* last;
}
