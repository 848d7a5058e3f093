import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const packages = fileURLToPath(new URL("../../../", import.meta.url));

/** Makes one JavaScript file of a TypeScript module and the workspace's sources, so that plain Node runs it. */
export async function bundle(entry: URL, outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
    plugins: [
      {
        name: "workspace",
        setup({ onResolve }) {
          onResolve({ filter: /^@throughtime\/[^/]+$/ }, ({ path }) => ({
            path: `${packages}${path.slice("@throughtime/".length)}/src/index.ts`,
          }));
        },
      },
    ],
  });
}
