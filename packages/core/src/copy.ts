import { ArgumentError } from "./errors.js";
import { ownPlace } from "./stack.js";
import { VERSION } from "./version.js";

/** Under this every tensor says which copy of this package made it. Registered, so that copies can read each other's. */
export const COPY: unique symbol = Symbol.for("@throughtime/core.copy") as never;

/** One of possibly several copies of this package in a process. */
export interface Copy {
  readonly version: string;
  readonly place: () => string;
}

export const THIS_COPY: Copy = Object.freeze({ version: VERSION, place: ownPlace });

const copyText = ({ version, place }: Copy): string => `${version}${place() && ` at ${place()}`}`;

/** Ops are compared by identity, and so are tensors: those of another copy would be computed wrongly, or slowly. */
export const otherCopy = (other: Copy): ArgumentError =>
  new ArgumentError(
    `core: a tensor made by another copy of @throughtime/core. Two are loaded, ${copyText(THIS_COPY)} and ${copyText(other)}, ` +
      "and what they make does not mix. `npm ls @throughtime/core` says who brings them: install all @throughtime packages " +
      "at one version and run `npm dedupe`; in a bundler, resolve @throughtime/core to one place.",
    { versions: [VERSION, other.version], places: [THIS_COPY.place(), other.place()] },
  );
