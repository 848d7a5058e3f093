#!/usr/bin/env node
import { NODE_REQUIRED, nodeIsNewEnough } from "./node-version.js";

// Before anything else is loaded: it would fail in ways that name something else.
if (!nodeIsNewEnough(process.versions.node)) {
  fail(`this is Node ${process.versions.node}; ${NODE_REQUIRED} is needed. Install a newer one: https://nodejs.org`);
} else {
  try {
    const [{ run }, { runInProcess }] = await Promise.all([import("./command-line.js"), import("./process.js")]);
    await runInProcess((context) => run(process.argv.slice(2), context));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EMFILE" && code !== "ENFILE") throw error;
    fail(`too many files are open; allow more (ulimit -n 1024). ${message}`);
  }
}

function fail(why: string): void {
  process.exitCode = 1;
  process.stderr.write(`throughtime: ${why}\n`);
}
