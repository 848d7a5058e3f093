// npm run build: installs what is missing and builds every package whose inputs changed.

import { bootstrapAndBuild } from "../bootstrap/build.mjs";

process.exitCode = bootstrapAndBuild() ? 0 : 1;
