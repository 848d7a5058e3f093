import {
  type DType,
  dim,
  identity,
  type NdArray,
  type Shape,
  type Tensor as SymbolicTensor,
  type TypedArray,
  trace,
} from "@throughtime/core";
import { toOnnx } from "@throughtime/onnx";
import type { InferenceSession, Tensor } from "onnxruntime-common";
import { newArray, type OrtArray } from "../array.js";
import type { Host } from "../host.js";
import { hostTensor, type Memory } from "../memory.js";
import { type GpuSession, gpuSession } from "./session.js";

/**
 * Uploads and downloads through sessions of one Identity: `getData()` of a gpu-buffer ends the process in ONNX Runtime
 * 1.30.
 */
export function gpuMemory(host: Host): Memory {
  const uploads = new Map<string, Promise<GpuSession>>();
  const downloads = new Map<string, Promise<InferenceSession>>();
  return {
    async upload(array) {
      const tensor = hostTensor(host, array);
      if (!hasBuffer(array)) return newArray(host, array.dtype, tensor);
      const { dtype, shape } = array;
      const session = await cached(uploads, dtype, shape, (model) => gpuSession(host, model));
      const [uploaded] = (await session.run([tensor], [dtype])) as [OrtArray];
      if (dtype === "i32") uploaded.ids = array.data.slice() as Int32Array;
      return uploaded;
    },
    async download({ tensor, dtype, shape }): Promise<NdArray> {
      if (tensor.location === "cpu") return { data: (tensor.data as TypedArray).slice(), shape, dtype };
      const session = await cached(downloads, dtype, shape, (model) => host.build(model));
      const outputs = await host.run(session, { x: tensor }, ["y"]);
      return { data: (outputs.y as Tensor).data as TypedArray, shape, dtype };
    },
  };
}

/** Values without elements, and f64, have no buffers and stay on the host. */
export const hasBuffer = ({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): boolean =>
  dtype !== "f64" && !shape.includes(0);

async function cached<S>(
  sessions: Map<string, Promise<S>>,
  dtype: DType,
  shape: readonly number[],
  build: (model: Uint8Array) => Promise<S>,
): Promise<S> {
  const key = `${dtype} ${shape.length}`;
  const session = sessions.get(key) ?? build(identityModel(dtype, shape.length));
  sessions.set(key, session);
  return session;
}

function identityModel(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => dim(`d${axis}`));
  const { program } = trace((x: SymbolicTensor) => identity(x), [{ dtype, shape }]);
  return toOnnx(program, { inputNames: ["x"], outputNames: ["y"] });
}
