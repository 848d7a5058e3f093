import { ort } from "@throughtime/backend-ort";
import type { CellName } from "../config.js";
import { buildOurs } from "../models/character-model.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on ONNX Runtime's CPU provider. */
export const open: OpenPeer = async ({ threads }) => {
  const backend = await ort({ threads });
  return {
    device: backend.device,
    build: ({ cell, H }, inputs) => buildOurs({ backend, cell: cell as CellName, H, inputs }),
  };
};
