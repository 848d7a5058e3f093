// npm run build: installs what is missing and builds every package whose inputs changed.

import { bootstrap } from "../bootstrap/bootstrap.mjs";
import { pnpm } from "../bootstrap/pnpm.mjs";

bootstrap();
process.exitCode = pnpm(["exec", "turbo", "run", "build", "--output-logs=errors-only"]);
