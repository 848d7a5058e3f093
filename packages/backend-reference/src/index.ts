export { type ReferenceBackend, type ReferenceOptions, reference } from "./reference.js";
