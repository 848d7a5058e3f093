import { createRequire } from "node:module";
import {
  averagePool2d,
  conv2d,
  foldIn,
  key,
  normal,
  optimize,
  relu,
  type Tensor,
  trace,
  type,
} from "@throughtime/core";
import { loweredOps, type OnnxRuntime, toOnnx } from "@throughtime/onnx";

// The package that has ONNX Runtime among its own.
export const runtime: OnnxRuntime = createRequire(new URL("../../../backend-ort/package.json", import.meta.url))(
  "onnxruntime-node",
);

/** An encoder that was never trained, as an ONNX file: pixels [B, 3, 32, 32] → map [B, 12, 4, 4]. Others for other seeds. */
export function encoderFile(seed = 1): Uint8Array {
  const params = {
    a: normal(foldIn(key(seed), 0), [8, 3, 3, 3], 0, 0.4),
    b: normal(foldIn(key(seed), 1), [12, 8, 3, 3], 0, 0.2),
  };
  const { program } = trace(
    (p: { a: Tensor; b: Tensor }, pixels: Tensor) => {
      const first = relu(conv2d(pixels, p.a, { stride: 2, padding: 1 }));
      return averagePool2d(relu(conv2d(first, p.b, { stride: 2, padding: 1 })), { size: 2 });
    },
    [params, type(["B", 3, 32, 32])] as never,
  );
  return toOnnx(optimize(program, loweredOps("operators")).program, {
    ...{ name: "encoder", params, inputNames: ["pixels"], outputNames: ["map"] },
  });
}
