import { examples } from "../examples/examples.mjs";
import { floors } from "./floors.mjs";
import { installed } from "./installed.mjs";
import { links } from "./links.mjs";
import { lint } from "./lint.mjs";
import { lockfile } from "./lockfile.mjs";
import { manifests } from "./manifests.mjs";
import { names } from "./names.mjs";
import { packed } from "./packed.mjs";
import { sizes } from "./sizes.mjs";
import { types } from "./types.mjs";

/**
 * Every check, the slow ones first so that the quick ones fill in beside them.
 * @type {readonly import("./lib/check.mjs").Check[]}
 */
export const checks = [examples, installed, packed, types, sizes, lint, floors, names, manifests, links, lockfile];
