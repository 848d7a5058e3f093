// npm run bench -- <command>: what Throughtime is held to, measured beside other libraries.

import { Command } from "@commander-js/extra-typings";
import { captionStep } from "./commands/caption-step.js";
import { cellsBeside } from "./commands/cells.js";
import { cnnStep } from "./commands/cnn.js";
import { compileTime } from "./commands/compile.js";
import { features } from "./commands/features.js";
import { lm } from "./commands/lm.js";
import { matmul } from "./commands/matmul.js";
import { memory } from "./commands/memory.js";
import { open } from "./commands/open.js";
import { sample } from "./commands/sample.js";
import { trainStep } from "./commands/train-step.js";
import { translate } from "./commands/translate.js";
import { translateDecode } from "./commands/translate-decode.js";
import { translateStep } from "./commands/translate-step.js";

const program = new Command("bench")
  .description("Measures Throughtime beside other libraries, on this machine.")
  .addCommand(trainStep())
  .addCommand(matmul())
  .addCommand(sample())
  .addCommand(cnnStep())
  .addCommand(cellsBeside())
  .addCommand(compileTime())
  .addCommand(memory())
  .addCommand(open())
  .addCommand(features())
  .addCommand(lm())
  .addCommand(translate())
  .addCommand(translateStep())
  .addCommand(translateDecode())
  .addCommand(captionStep())
  .showHelpAfterError("(run with --help for options and examples)");

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
