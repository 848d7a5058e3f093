import { ort } from "@throughtime/backend-ort";
import { ours } from "./ours.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on ONNX Runtime's CPU provider. */
export const open: OpenPeer = async ({ threads }) => ours(await ort({ threads }));
