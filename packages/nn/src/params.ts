import { ArgumentError, describe, OptionError } from "@throughtime/core";

/**
 * The parameters of a layer or cell, once it is sure that none is missing: an absent bias, for one, would silently be left out of
 * the equations. Throws ArgumentError.
 */
export function requireParams<P extends object>(name: string, params: P, keys: readonly string[]): P {
  const given: Readonly<Record<string, unknown>> | undefined =
    typeof params === "object" && params !== null ? (params as Readonly<Record<string, unknown>>) : undefined;
  if (!given)
    throw new ArgumentError(`${name}: the parameters are ${describe(params)}; expected { ${keys.join(", ")} }.`);
  const missing = keys.filter((key) => given[key] === undefined);
  if (missing.length === 0) return params;
  throw new ArgumentError(
    `${name}: the parameters lack ${missing.join(", ")}; expected { ${keys.join(", ")} }, received { ${Object.keys(given).join(", ")} }.`,
    { missing },
  );
}

/** Throws OptionError where an initializer is given for a parameter that there is not: it would have no effect. */
export function requireInitializers(owner: string, initializers: object, keys: readonly string[]): void {
  for (const [key, initializer] of Object.entries(initializers)) {
    if (initializer === undefined || keys.includes(key)) continue;
    throw new OptionError(
      `${owner}: an initializer is given for ${key}, but the parameters here are ${keys.join(", ")}. Leave it out, or look at the other options.`,
      { received: key, expected: keys },
    );
  }
}
