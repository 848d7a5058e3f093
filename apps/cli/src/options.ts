import { flagOf, type Option, type Options } from "@throughtime/task";
import { Option as CommandOption } from "commander";
import { character, float32, integer, number, path } from "./parse-options.js";

/** Options as a command line takes them. What no option names, the caller has checked already. */
export const commandOptions = (options: Options): CommandOption[] =>
  Object.entries(options).map(([name, option]) => commandOption(name, option));

function commandOption(name: string, option: Option): CommandOption {
  const flag = option.type === "boolean" ? flagOf(name) : `${flagOf(name)} <${option.placeholder ?? word(option)}>`;
  const made = new CommandOption(flag, option.description);
  if (option.default !== undefined) made.default(option.default);
  if (option.conflicts) made.conflicts([...option.conflicts]);
  if (option.group !== undefined) made.helpGroup(option.group);
  if (option.type === "string" && option.enum) return made.choices([...option.enum]);
  const parse = parserOf(option);
  return parse ? made.argParser(parse) : made;
}

/** What stands for its value in a help. */
function word(option: Option): string {
  if (option.type === "boolean") return "";
  if (option.type !== "string") return option.type === "integer" ? "n" : "x";
  if (option.enum) return "name";
  return option.format === "path" ? "file" : (option.format ?? "text");
}

function parserOf(option: Option): ((text: string) => unknown) | undefined {
  if (option.type === "boolean") return undefined;
  if (option.type === "string") {
    if (option.format !== undefined) return path;
    return option.maxLength === 1 ? character : undefined;
  }
  const { minimum: least, exclusiveMinimum: above, maximum: most } = option;
  if (option.type === "integer") return integer(least ?? Number.MIN_SAFE_INTEGER, most);
  const range = {
    ...(least !== undefined && { least }),
    ...(above !== undefined && { above }),
    ...(most !== undefined && { most }),
  };
  return option.format === "float" ? float32(range) : number(range);
}
