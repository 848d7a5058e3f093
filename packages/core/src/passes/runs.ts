import { type Dim, dimKey } from "../dim.js";

/** A range along an axis. */
export interface Run {
  readonly start: Dim;
  readonly end: Dim;
}

/** Maximal runs of two or more ranges that follow one another without gap; one member for each range. */
export function* runsOf<R extends Run>(members: readonly R[]): Generator<R[]> {
  const byStart = new Map(members.map((member) => [dimKey(member.start), member]));
  const ends = new Set(members.map(({ end }) => dimKey(end)));
  for (const head of byStart.values()) {
    if (ends.has(dimKey(head.start))) continue;
    const run: R[] = [];
    for (let next: R | undefined = head; next && !run.includes(next); next = byStart.get(dimKey(next.end)))
      run.push(next);
    if (run.length > 1) yield run;
  }
}
