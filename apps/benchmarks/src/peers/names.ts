import type { CellName } from "../config.js";

/** Peers that run in Node, each in the file of this folder that is called like it. */
export const JAVASCRIPT_PEERS = ["ort", "cpu", "reference", "hand", "tfjs-wasm", "jax-js"] as const;
export type JavaScriptPeer = (typeof JAVASCRIPT_PEERS)[number];

/** JavaScript peers under a newer Node than this one, which they bring: by what they are called, which peer it is. */
export const NODE24_PEERS = { "cpu-node24": "cpu", "jax-js-node24": "jax-js" } as const;

/** Peers that `python/train_step.py` runs, by the interpreter that THROUGHTIME_PYTHON names. */
export const PYTHON_PEERS = ["pytorch", "pytorch-compile", "jax"] as const;
export type PythonPeer = (typeof PYTHON_PEERS)[number];

export const PEERS = [
  ...JAVASCRIPT_PEERS,
  ...(Object.keys(NODE24_PEERS) as (keyof typeof NODE24_PEERS)[]),
  ...PYTHON_PEERS,
] as const;
export type PeerName = (typeof PEERS)[number];

/** Those of `translate-step` and `translate-decode`, by `python/translate_peer.py`. */
export const PYTHON_TRANSLATORS = ["pytorch", "pytorch-hoisted", "pytorch-batched"] as const;

/** Those of `caption-step`, by `python/caption_peer.py`. */
export const PYTHON_CAPTIONERS = ["pytorch", "pytorch-compile"] as const;

export const isPython = (peer: string): boolean =>
  ([...PYTHON_PEERS, ...PYTHON_TRANSLATORS, ...PYTHON_CAPTIONERS] as readonly string[]).includes(peer);

/** What runs where nobody names peers. */
export const DEFAULT_PEERS: readonly PeerName[] = ["ort", "hand", "pytorch"];

/** Peers that do not run every cell. */
const ONLY: Partial<Record<PeerName, readonly CellName[]>> = {
  hand: ["lstm"],
  "pytorch-compile": ["lstm", "gru", "custom"],
  pytorch: ["lstm", "gru", "custom"],
  jax: ["lstm", "gru", "custom"],
  "tfjs-wasm": ["lstm", "gru", "custom"],
  "jax-js": ["lstm", "gru", "custom"],
  "jax-js-node24": ["lstm", "gru", "custom"],
};

/** Whether a peer has a cell to time. */
export const runs = (peer: PeerName, cell: CellName): boolean => ONLY[peer]?.includes(cell) ?? true;
