import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Headers that make a page cross-origin isolated, without which it has no shared memory. */
export const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export interface Server {
  /** Such as "http://127.0.0.1:41234". */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Serves folders under their prefixes, the longest that fits first; "/" alone is index.html of the folder at "/". `policy` is
 * the pages' Content-Security-Policy.
 */
export async function serve(
  folders: Readonly<Record<string, string>>,
  { isolated = true, policy = "" } = {},
): Promise<Server> {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://x").pathname);
    const prefix = prefixes.find((each) => path.startsWith(each)) ?? "/";
    const rest = path.slice(prefix.length);
    const file = join(folders[prefix] as string, rest === "" ? "index.html" : rest);
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": found.size,
      ...(isolated ? ISOLATED : {}),
      ...(policy ? { "Content-Security-Policy": policy } : {}),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
