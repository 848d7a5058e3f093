// node child.js <peer> <threads>: a JavaScript peer of `train-step`, as `protocol.ts` says.

import { JAVASCRIPT_PEERS, type JavaScriptPeer } from "./peers/names.js";
import type { OpenPeer } from "./peers/peer.js";
import type { Request } from "./protocol.js";
import { answerLines } from "./run/answer-lines.js";
import { serve } from "./run/serve.js";

const [name, threads] = process.argv.slice(2);

await answerLines<Request>(async () => {
  if (!(JAVASCRIPT_PEERS as readonly string[]).includes(name ?? "")) throw new Error(`There is no peer ${name}.`);
  const { open } = (await import(`./peers/${name as JavaScriptPeer}.js`)) as { open: OpenPeer };
  const peer = await open({ threads: Number(threads) });
  return { ready: { ready: true, device: peer.device }, answer: serve(peer) };
});
