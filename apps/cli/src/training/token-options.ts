import { OptionError } from "@throughtime/core";

/**
 * Throws OptionError for an option that was given and that no side's kind of tokens reads. `readers`: the kinds that
 * read an option; `kinds` has one for each side.
 */
export function requireRead<K extends string>(
  readers: { readonly [Name in K]?: readonly string[] },
  kinds: readonly string[],
  isGiven: (name: K) => boolean,
): void {
  for (const [name, read] of Object.entries(readers) as [K, readonly string[]][]) {
    if (!isGiven(name) || kinds.some((kind) => read.includes(kind))) continue;
    const unread = [...new Set(kinds)].join(" and ");
    throw new OptionError(
      `--${name} is for --tokens ${read.join(" or ")}; it does nothing for ${unread}. Leave it out.`,
    );
  }
}
