import { type Backend, compile, type DeviceArray, matmul, type Tensor, upload } from "@throughtime/core";
import type { Step } from "../peers/peer.js";
import type { Inputs } from "../problem.js";

/** a · b, both on the backend; the product comes to the host. */
export async function buildMatmul(backend: Backend, { a, b }: Inputs): Promise<Step> {
  const product = compile(backend, (x: Tensor, y: Tensor) => matmul(x, y));
  const operands = (await upload(backend, [a, b])) as unknown as [DeviceArray, DeviceArray];
  return {
    async step() {
      const result = (await product(...(operands as unknown as [never, never]))) as unknown as DeviceArray;
      const { data } = await backend.download(result);
      backend.release(result);
      return data.at(-1) as number;
    },
    async close() {
      product.release();
      await backend.close();
    },
  };
}
