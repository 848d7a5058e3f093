import { type Backend, type Program, print } from "@throughtime/core";

/** A backend that remembers the Programs it was given to compile, and otherwise is the one that it wraps. */
export interface WatchedBackend {
  readonly backend: Backend;
  /** In the order they were compiled. */
  programs(): readonly Program[];
}

export function watched(backend: Backend): WatchedBackend {
  const seen: Program[] = [];
  return {
    backend: {
      ...backend,
      compile(program, options) {
        seen.push(program);
        return backend.compile(program, options);
      },
    },
    programs: () => [...seen],
  };
}

/** A Program printed legibly, cut where it gets too long for a page. */
export function printed(program: Program, mostLines = 400): string {
  const lines = print(program).split("\n");
  if (lines.length <= mostLines) return lines.join("\n");
  return [...lines.slice(0, mostLines), `… ${lines.length - mostLines} more lines`].join("\n");
}
