export { captionTask } from "./task/task.js";
