import { randomBytes } from "node:crypto";
import { constants } from "node:fs";

/**
 * Flags for a file that must be new: where anything has the name, a link too, opening fails (EEXIST), so that nothing is
 * ever written where a link points.
 */
export const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

const DIGITS = 16;

/** A name beside a file's that nobody can foresee. */
export const nameBeside = (path: string): string => `${path}.${randomBytes(DIGITS / 2).toString("hex")}.tmp`;

/** Whether a name is one that `nameBeside` makes: what a killed process leaves behind. */
export const isLeftover = (name: string): boolean => new RegExp(`\\.[0-9a-f]{${DIGITS}}\\.tmp$`).test(name);
