import { OptionError } from "@throughtime/core";

/** Throws OptionError where a size is not an integer above 0. */
export function requirePositive(owner: string, sizes: Readonly<Record<string, number>>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) {
      throw new OptionError(`${owner}: ${name} must be an integer of at least 1, received ${size}.`, { [name]: size });
    }
  }
}
