import { binaryStep, positionStep, selectStep, sumOfProductsStep, unaryStep } from "./elementwise.js";
import { gateStep } from "./gates.js";
import { scanStep } from "./scans.js";
import type { Scope } from "./scope.js";
import { compositeStep, concatStep, indexStep, integerStep, matmulStep, reduceStep, shapeStep } from "./structural.js";

type Step = (scope: Scope) => void;

/** What a Program is made of, and how often. */
const STEPS: readonly (readonly [number, Step])[] = [
  [4, unaryStep],
  [5, binaryStep],
  [4, sumOfProductsStep],
  [5, matmulStep],
  [5, gateStep],
  [2, reduceStep],
  [3, shapeStep],
  [2, concatStep],
  [1, selectStep],
  [1, indexStep],
  [1, compositeStep],
  [0.5, positionStep],
  [0.5, integerStep],
];

/** One random piece of computation; a few equations. */
export const step = (scope: Scope): void =>
  scope.draws.weighted<Step>(scope.depth > 0 ? [...STEPS, [7, scanStep]] : STEPS)(scope);
