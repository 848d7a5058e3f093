import { bootstrap } from "./bootstrap.mjs";
import { pnpm } from "./pnpm.mjs";
import { tidy } from "./tidy.mjs";

/**
 * Installs what is missing and builds every package whose inputs changed.
 * @returns {boolean} whether that went well; if not, what went wrong has been printed
 */
export function bootstrapAndBuild() {
  if (!bootstrap()) return false;
  tidy();
  return pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"]) === 0;
}
