import { createInterface } from "node:readline";
import type { Ready } from "../protocol.js";

/** Writes one line of JSON to stdout. */
export type Say = (answer: object) => void;

/**
 * Makes this process a peer: says that it is ready, then has every line of stdin answered until it reads "close", and
 * ends. What is thrown is said as an error. Standard output belongs to the protocol, whatever a library logs.
 */
export async function answerLines<Request extends { readonly do: string }>(
  open: (say: Say) => Promise<{ ready: Ready; answer(request: Request): Promise<object | undefined> }>,
): Promise<never> {
  console.log = console.error;
  console.info = console.error;
  const say: Say = (answer) => {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  };
  try {
    const { ready, answer } = await open(say);
    say(ready);
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line) as Request;
      const said = await answer(request);
      if (said) say(said);
      if (request.do === "close") break;
    }
    process.exit(0);
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}
