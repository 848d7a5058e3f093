import { execTool } from "./lib/exec.mjs";

/** @type {import("./lib/check.mjs").Check} */
export const lint = {
  name: "lint",
  what: "biome: lint, format, import order (npm run format mends most)",
  run: async () => {
    const { status, output } = await execTool("@biomejs/biome/bin/biome", ["ci", "--colors=off", "."]);
    return status === 0 ? [] : [output.trimEnd()];
  },
};
