import { reference } from "@throughtime/backend-reference";
import type { CellName } from "../config.js";
import { buildOurs } from "../models/character-model.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on the reference backend: plain JavaScript, hundreds of times slower, and right. */
export const open: OpenPeer = async () => {
  const backend = reference();
  return {
    device: backend.device,
    build: ({ cell, H }, inputs) => buildOurs({ backend, cell: cell as CellName, H, inputs }),
  };
};
