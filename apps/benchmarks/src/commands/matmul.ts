import { makeMatrices } from "../problem.js";
import { workCommand } from "./work.js";

const EXAMPLES = `
Examples:
  npm run bench -- matmul
  THROUGHTIME_PYTHON=python3 npm run bench -- matmul --size 1024 --peers cpu,cpu-node24,ort,pytorch --json out/matmul.json

One product of two square matrices, from operands on the backend to the product on the host, by each peer in a process of its
own, in turns with the others. "loss" is the product's last element, the same for all.`;

/** `bench matmul`: one product. */
export const matmul = () =>
  workCommand({
    name: "matmul",
    description: "Times one product of square matrices by several peers in turn.",
    examples: EXAMPLES,
    size: { letter: "N", what: "rows and columns", standard: 512 },
    workOf: (N) => ({ work: { work: "matmul", N }, inputs: makeMatrices(N) }),
    remark: (N, fastest) =>
      `GFLOP/s at the fastest: ${fastest.map(({ peer, ms }) => `${peer} ${((2 * N ** 3) / ms / 1e6).toFixed(1)}`).join(", ")}`,
  });
