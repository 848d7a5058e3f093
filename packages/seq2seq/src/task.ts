export { translationTask } from "./task/task.js";
