/** The tokens that would complete an n-gram which `tokens` already has (Paulus, Xiong & Socher 2018). */
export function repeatingTokens(tokens: readonly number[], n: number): number[] {
  const start = tokens.length - (n - 1);
  if (start < 1) return [];
  const found: number[] = [];
  for (let i = 0; i < start; i++) {
    let matches = true;
    for (let k = 0; k < n - 1 && matches; k++) matches = tokens[i + k] === tokens[start + k];
    if (matches) found.push(tokens[i + n - 1] as number);
  }
  return found;
}
