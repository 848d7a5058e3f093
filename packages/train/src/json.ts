/** Plain data as JSON holds it: cursors, schedule states, a model's description. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The path of the first difference between two values, key order aside; undefined where they are equal. */
export function firstDifference(a: Json | undefined, b: Json | undefined, path = ""): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path || "(the whole)";
  if (Array.isArray(a) !== Array.isArray(b)) return path || "(the whole)";
  const [x, y] = [a as Record<string, Json>, b as Record<string, Json>];
  for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) {
    const found = firstDifference(x[key], y[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
