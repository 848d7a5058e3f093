// Imports nothing, and uses nothing new: an old Node must get as far as reading it.

/** The oldest Node that this runs on, as package.json says. */
export const NODE_REQUIRED = ">=20.19";

/** Whether a version of Node is new enough. */
export function nodeIsNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}
