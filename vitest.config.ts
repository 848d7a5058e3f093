import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const packages = fileURLToPath(new URL("./packages", import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@throughtime\/([^/]+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^@throughtime\/([^/]+)\/([^/]+)$/, replacement: `${packages}/$1/src/$2.ts` },
    ],
  },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    passWithNoTests: true,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
