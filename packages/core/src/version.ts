/** The version of this package. `tooling/release/version.mjs` writes it, a test holds it to package.json's. */
export const VERSION = "0.0.0";
