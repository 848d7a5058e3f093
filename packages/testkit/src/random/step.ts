import { binaryStep, broadStep, positionStep, selectStep, sumOfProductsStep, unaryStep } from "./elementwise.js";
import {
  countingStep,
  crossingStep,
  exactBinaryStep,
  exactIndexStep,
  exactMoveStep,
  exactReduceStep,
  exactSelectStep,
} from "./exact-steps.js";
import { exactUnaryStep, roundedStep } from "./exact-unary.js";
import { gateStep } from "./gates.js";
import { lookStep } from "./looks.js";
import { moveStep, recurrenceStep } from "./recurrences.js";
import { scanStep } from "./scans.js";
import type { Scope } from "./scope.js";
import {
  compositeStep,
  concatStep,
  convolutionStep,
  indexStep,
  integerStep,
  matmulStep,
  reduceStep,
  shapeStep,
} from "./structural.js";

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

/** What the Programs have beside that whose values are not all tame floats. */
const EXACT: readonly (readonly [number, Step])[] = [
  [4, exactUnaryStep],
  [6, exactBinaryStep],
  [2, exactSelectStep],
  [4, exactReduceStep],
  [5, exactMoveStep],
  [2, exactIndexStep],
  [1, countingStep],
  [1, roundedStep],
  [3, crossingStep],
  [2, broadStep],
  [4, moveStep],
  [1, convolutionStep],
  [1, compositeStep],
];

const LOOKS: typeof STEPS = [[8, lookStep]];

const TAME_SCANS: typeof STEPS = [[7, scanStep]];
const SCANS: typeof STEPS = [
  [8, scanStep],
  [8, recurrenceStep],
];

/** One random piece of computation; a few equations. */
export const step = (scope: Scope): void => {
  const isTame = scope.world.values === "tame";
  const scans = isTame ? TAME_SCANS : SCANS;
  const flat = [...STEPS, ...(isTame ? [] : EXACT), ...(scope.world.looks ? LOOKS : [])];
  scope.draws.weighted(scope.depth > 0 ? [...flat, ...scans] : flat)(scope);
};
