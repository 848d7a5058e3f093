// node child.js <peer> <threads>: a JavaScript peer in a process of its own, as `protocol.ts` says.

import { createInterface } from "node:readline";
import { JAVASCRIPT_PEERS, type JavaScriptPeer } from "./peers/names.js";
import type { OpenPeer } from "./peers/peer.js";
import type { Request } from "./protocol.js";
import { serve } from "./run/serve.js";

const say = (answer: object): void => {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
};
// Standard output belongs to the protocol, whatever a peer's library prints.
console.log = console.error;
console.info = console.error;

const [name, threads] = process.argv.slice(2);
try {
  if (!(JAVASCRIPT_PEERS as readonly string[]).includes(name ?? "")) throw new Error(`There is no peer ${name}.`);
  const { open } = (await import(`./peers/${name as JavaScriptPeer}.js`)) as { open: OpenPeer };
  const peer = await open({ threads: Number(threads) });
  const answerTo = serve(peer);
  say({ ready: true, device: peer.device });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as Request;
    const answer = await answerTo(request);
    if (answer) say(answer);
    if (request.do === "close") break;
  }
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
