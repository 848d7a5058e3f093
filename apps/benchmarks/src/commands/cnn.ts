import { makeImageInputs } from "../models/image-classifier.js";
import { workCommand } from "./work.js";

const EXAMPLES = `
Examples:
  npm run bench -- cnn
  THROUGHTIME_PYTHON=python3 npm run bench -- cnn --threads 2 --peers ort,cpu,pytorch --json out/cnn.json

One training step of the encoder cnn() of @throughtime/vision on pictures of 64 × 64: four convolutions, group normalization, relu, a
linear layer over the mean of the grid, mean cross-entropy, all gradients, Adam. "loss" is that after five updates.`;

/** `bench cnn`: one training step of a convolutional network. */
export const cnnStep = () =>
  workCommand({
    name: "cnn",
    description: "Times one training step of a convolutional network on pictures of 64 × 64 by several peers in turn.",
    examples: EXAMPLES,
    size: { letter: "B", what: "pictures of a batch", standard: 32 },
    peers: ["ort", "cpu", "pytorch"],
    workOf: (B) => ({ work: { work: "cnn", B, learningRate: 1e-3 }, inputs: makeImageInputs(B) }),
  });
