import type { Schedule } from "./schedule.js";

/** The optimizer's own learning rate at every step. */
export const constantRate = (): Schedule => () => 1;
