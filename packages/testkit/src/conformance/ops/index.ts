import type { Type } from "@throughtime/core";
import { type Case, fail, rejects } from "../case.js";
import { checkProgram, lowered, programOf, unsupported } from "../run.js";
import { valuesOf } from "../values.js";
import { COMPOSITES } from "./composites.js";
import { ELEMENTWISE } from "./elementwise.js";
import { IMAGES } from "./images.js";
import { INDEXING } from "./indexing.js";
import { LAYOUT } from "./layout.js";
import { FLOATS, nameOf, type OpCase, type Size } from "./op-case.js";
import { PRODUCTS } from "./products.js";
import { REDUCTIONS } from "./reductions.js";

export { nameOf, type OpCase, type Size } from "./op-case.js";

/** Every op, in every way that it is used. `size` and `scan` have areas of their own: dims, scan. */
export const OP_CASES: readonly OpCase[] = [
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...PRODUCTS,
  ...LAYOUT,
  ...INDEXING,
  ...COMPOSITES,
  ...IMAGES,
];

/** `op/<name>/<dtype>/<size>`: values against `evaluate` in f64. */
export const opCases = (sizes: readonly Size[]): Case[] =>
  OP_CASES.flatMap((each) =>
    (each.dtypes ?? FLOATS).flatMap((dtype) =>
      sizes
        .filter((size) => each.sizes?.includes(size) ?? true)
        .map((size): Case => {
          const name = `op/${nameOf(each)}/${dtype}/${size}`;
          return {
            name,
            async run(context) {
              const operands = each.operands(size, dtype);
              const program = programOf((xs) => each.apply(xs, size, dtype), operands);
              const touches = [...operands, ...(program.outputs as readonly Type[])];
              const { backend } = context;
              if (
                touches.some(({ dtype }) => dtype === "f64") &&
                unsupported(backend, lowered(backend, program)).length > 0
              ) {
                // f64 is for checks and need not run; but then it says so.
                await rejects(
                  backend.compile(lowered(backend, program), { donate: operands.map(() => false) }),
                  ["UnsupportedOpError"],
                  `compiling ${each.op} on f64, which ${backend.name} does not support`,
                );
                return;
              }
              if (program.outputs.length === 0) fail("the case has no outputs");
              await checkProgram(context, each.op, program, valuesOf(name, operands));
            },
          };
        }),
    ),
  );
