import { bootstrap } from "./bootstrap.mjs";
import { pnpm } from "./pnpm.mjs";

/**
 * Installs what is missing and builds every package whose inputs changed.
 * @returns {boolean} whether that went well; if not, what went wrong has been printed
 */
export const bootstrapAndBuild = () =>
  bootstrap() && pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"]) === 0;
