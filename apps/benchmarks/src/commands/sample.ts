import { V } from "../config.js";
import { makeInputs } from "../problem.js";
import { workCommand } from "./work.js";

const EXAMPLES = `
Examples:
  npm run bench -- sample
  THROUGHTIME_PYTHON=python3 npm run bench -- sample --size 256 --peers cpu,cpu-node24,ort,pytorch

One character of an LSTM language model, B = 1, V = 65: from the character before it to the logits of the next on the host, of
which every peer takes the likeliest. The state stays on the backend. "loss" is the logit of the character taken.`;

/** `bench sample`: writing one character. */
export const sample = () =>
  workCommand({
    name: "sample",
    description: "Times writing one character with an LSTM by several peers in turn.",
    examples: EXAMPLES,
    size: { letter: "H", what: "hidden units", standard: 256 },
    workOf: (H) => ({ work: { work: "sample", H, V }, inputs: makeInputs("lstm", { B: 1, T: 1, H }) }),
  });
