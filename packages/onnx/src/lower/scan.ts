import { type ScanParams, splitInputs } from "@throughtime/core";
import type { Lowering, LoweringContext, LoweringTable } from "./context.js";
import { guarded } from "./guard.js";
import { delicateSums } from "./over-nothing.js";

/**
 * One Scan node. Captures are read from around it by name and are not copied. A Scan over zero steps fails in ONNX
 * Runtime, so one that is known to have none leaves its carries as they are, and one that may have is guarded.
 */
const scan: Lowering = (node, context) => {
  const params = node.params as ScanParams;
  const { body, carries, length } = params;
  const inputs = splitInputs(
    node.inputs.map((input) => context.value(input)),
    params,
  );
  const ys = body.outputs.length - carries;
  const empty = ({ node: make, scalar, shape: shapeOf }: LoweringContext) => [
    ...inputs.carries,
    ...node.outputs.slice(carries).map(({ shape, dtype }) => make("Expand", [scalar(0, dtype), shapeOf(shape)])),
  ];
  if (length === 0) return empty(context);
  const loop = (inner: LoweringContext, emptySums: boolean) => {
    // ONNX counts the steps by an input; where there is none to run over, one of zeros stands in.
    const counter =
      inputs.xs.length === 0 ? [inner.node("Expand", [inner.scalar(0, "f32"), inner.shape([length])])] : [];
    const xs = [...inputs.xs, ...counter];
    const graph = inner.body(body, inputs.captures, {
      name: params.reverse ? "backward" : "forward",
      inputNames: [...inputs.carries.map(() => "carry"), ...inputs.xs.map(() => "x")],
      unread: counter.map(() => ({ shape: [], dtype: "f32" as const })),
      emptySums,
    });
    const directions = (count: number) => Array<number>(count).fill(1);
    return inner.nodes("Scan", [...inputs.carries, ...xs], carries + ys, {
      body: graph,
      num_scan_inputs: xs.length,
      ...(params.reverse ? { scan_input_directions: directions(xs.length) } : {}),
      ...(params.reverse && ys > 0 ? { scan_output_directions: directions(ys) } : {}),
    });
  };
  // Guards of the step's products stand around the loop, not in it: where one sums over nothing, another loop runs.
  const sums = context.emptySums ? delicateSums(body) : [];
  return guarded(node, [length], context, empty, (some) =>
    guarded(
      node,
      sums,
      some,
      (inner) => loop(inner, true),
      (inner) => loop(inner, false),
    ),
  );
};

export const loops: LoweringTable = { scan };
