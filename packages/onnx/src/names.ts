/** Gives each hint back as it is, or with a number where it was given before. */
export type Names = (hint: string) => string;

export function uniqueNames(): Names {
  const taken = new Map<string, number>();
  return (hint) => {
    let name = hint;
    while (taken.has(name)) {
      const next = (taken.get(hint) as number) + 1;
      taken.set(hint, next);
      name = `${hint}_${next}`;
    }
    taken.set(name, 1);
    return name;
  };
}
