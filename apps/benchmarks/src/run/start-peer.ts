import { fileURLToPath } from "node:url";
import { installPeer } from "../install.js";
import { type PeerName, PYTHON_PEERS } from "../peers/names.js";
import { type Connection, connect } from "./connection.js";

/** Why a figure is not there; not an error. */
export class NotMeasured extends Error {
  override readonly name = "NotMeasured";
}

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Starts a peer, installed first where it comes from npm. Throws NotMeasured where the machine does not have it. */
export async function startPeer(peer: PeerName, threads: number, tell: (line: string) => void): Promise<Connection> {
  const env = { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
  if ((PYTHON_PEERS as readonly string[]).includes(peer)) {
    const file = process.env.THROUGHTIME_PYTHON;
    if (!file) throw new NotMeasured("THROUGHTIME_PYTHON names no interpreter");
    return connect({ file, args: [at("../../src/python/train_step.py"), peer, String(threads)], env });
  }
  await installPeer(peer, tell);
  return connect({ file: process.execPath, args: [at("../child.js"), peer, String(threads)] });
}
