/** The examples under a command's help. */
export const examples = (lines: readonly (readonly [command: string, what: string])[]): string => {
  const width = lines.reduce((widest, [command]) => Math.max(widest, command.length), 0);
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command.padEnd(width)}  # ${what}`).join("\n")}`;
};
