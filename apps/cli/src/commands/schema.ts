import type { AnyTask } from "@throughtime/task";
import { Command } from "commander";
import { recipesSchema } from "../recipe.js";
import { type CommandContext, print } from "../terminal.js";
import { examples } from "./examples.js";

/** `throughtime schema`: what an editor completes recipes by. */
export const schemaCommand = (tasks: readonly AnyTask[], { terminal: { out } }: CommandContext): Command =>
  new Command("schema")
    .summary("write the JSON Schema of recipes")
    .description(
      "Writes the JSON Schema of recipes, for editors that complete and check JSON. That of the built-in tasks is in the package: recipe.schema.json.",
    )
    .addHelpText(
      "after",
      examples([
        ["throughtime schema > recipe.schema.json", "for the built-in tasks"],
        ["throughtime --task-package ./my-task.js schema > recipe.schema.json", "for a task of your own too"],
      ]),
    )
    .action(() => print(out, JSON.stringify(recipesSchema(tasks), null, 2)));
