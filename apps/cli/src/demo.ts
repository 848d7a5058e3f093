import { demo } from "./demo/run.js";
import { DEMO } from "./demo/settings.js";
import { failureOf } from "./failures.js";
import { runInProcess } from "./process.js";
import { print } from "./terminal.js";

// `npm run demo`.
await runInProcess(async (context) => {
  try {
    return await demo(DEMO, context);
  } catch (error) {
    const { text, exitCode } = failureOf(error, process.argv.includes("--debug"));
    print(context.terminal.err, text);
    return exitCode;
  }
});
