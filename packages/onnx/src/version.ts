/** This package's version, as models say it (producer_version): package.json's, which a test holds. */
export const VERSION = "0.0.0";
