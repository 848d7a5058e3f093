import type { Backend } from "@throughtime/core";
import type { CellName } from "../config.js";
import { buildOurs } from "../models/character-model.js";
import { buildImageClassifier } from "../models/image-classifier.js";
import { buildMatmul } from "../models/matmul.js";
import { buildSampling } from "../models/sampling.js";
import type { OpenedPeer } from "./peer.js";

/** Throughtime on a backend. */
export const ours = (backend: Backend): OpenedPeer => ({
  device: backend.device,
  async build(task, inputs) {
    switch (task.work) {
      case "train-step":
        return buildOurs({ backend, cell: task.cell as CellName, H: task.H, inputs });
      case "matmul":
        return buildMatmul(backend, inputs);
      case "sample":
        return buildSampling(backend, task.H, inputs);
      case "cnn":
        return buildImageClassifier(backend, task.learningRate, inputs);
    }
  },
});
