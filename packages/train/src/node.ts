export { writeAtomically } from "./node/atomic-write.js";
export { claimFolder, holdFolder, MARKER, requireFree } from "./node/claim-folder.js";
export { fileStore } from "./node/file-store.js";
