import { createRequire } from "node:module";
import { BackendError } from "@throughtime/core";

/** Optional peers are found from where this package is installed. */
const require = createRequire(import.meta.url);

/** sharp, loaded when a picture needs it. Throws BackendError where it is not installed, or broken. */
export async function loadSharp(): Promise<typeof import("sharp")["default"]> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    throw notLoaded("sharp", "JPEG, PNG, GIF, WebP, AVIF and TIFF", cause);
  }
}

/** The path of a file of resvg's. Throws BackendError where it is not installed. */
export function resvgFile(path: string): string {
  try {
    return require.resolve(path);
  } catch (cause) {
    throw notLoaded("@resvg/resvg-wasm", "SVG", cause);
  }
}

function notLoaded(name: string, formats: string, cause: unknown): BackendError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const missing = (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") && message.includes(`'${name}`);
  const what = missing ? "is not installed" : `could not be loaded: ${message}`;
  return new BackendError(
    `readImage: ${name}, which reads ${formats}, ${what}. Install it: npm install ${name}`,
    missing ? { missing: name } : {},
    { cause },
  );
}
