export { claimFolder, MARKER } from "./node/claim-folder.js";
export { fileStore } from "./node/file-store.js";
