import { cpu } from "@throughtime/backend-cpu";
import { ours } from "./ours.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on WebAssembly, with nothing native. */
export const open: OpenPeer = async ({ threads }) => ours(await cpu({ threads }));
