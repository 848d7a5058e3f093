/** The examples under a command's help: each in two lines, so that they fit into a narrow terminal. */
export const examples = (lines: readonly (readonly [command: string, what: string])[]): string =>
  `\nExamples:\n${lines.map(([command, what]) => `  # ${what}\n  $ ${command}`).join("\n")}`;
