#!/usr/bin/env node
import { run } from "./command-line.js";
import { runInProcess } from "./process.js";

await runInProcess((context) => run(process.argv.slice(2), context));
