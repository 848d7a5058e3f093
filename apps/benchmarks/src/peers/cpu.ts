import { cpu } from "@throughtime/backend-cpu";
import type { CellName } from "../config.js";
import { buildOurs } from "../models/character-model.js";
import type { OpenPeer } from "./peer.js";

/** Throughtime on WebAssembly, with nothing native. */
export const open: OpenPeer = async ({ threads }) => {
  const backend = await cpu({ threads });
  return {
    device: backend.device,
    build: ({ cell, H }, inputs) => buildOurs({ backend, cell: cell as CellName, H, inputs }),
  };
};
