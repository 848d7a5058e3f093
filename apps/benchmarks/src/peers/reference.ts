import { reference } from "@throughtime/backend-reference";
import { ours } from "./ours.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on the reference backend: plain JavaScript, hundreds of times slower, and right. */
export const open: OpenPeer = async () => ours(reference());
