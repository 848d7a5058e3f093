import { ArgumentError, DataError, describe } from "@throughtime/core";

/**
 * Ids as they come in: an Int32Array, or any list of numbers that one holds, unchanged. Throws ArgumentError where it is no
 * list, DataError for a number that an Int32Array would change without a word.
 */
export function requireIds<T extends ArrayLike<number>>(place: string, ids: T): T {
  if (ids instanceof Int32Array) return ids;
  if (typeof ids !== "object" || typeof ids?.length !== "number") {
    throw new ArgumentError(`${place} is ${describe(ids)}; expected a list of ids, as a vocabulary's encode() makes.`);
  }
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if ((id | 0) === id) continue;
    throw new DataError(`${place} has ${describe(id)} at ${i}; expected ids, which are whole numbers.`, {
      id,
      index: i,
    });
  }
  return ids;
}
