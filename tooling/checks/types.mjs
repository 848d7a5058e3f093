import { execTool } from "./lib/exec.mjs";

/** @type {import("./lib/check.mjs").Check} */
export const types = {
  name: "types",
  what: "every test and every tooling script type-checks against src",
  run: async () => {
    const { status, output } = await execTool("typescript/bin/tsc", ["-p", "tsconfig.test.json", "--pretty", "false"]);
    return status === 0 ? [] : [output.trimEnd()];
  },
};
