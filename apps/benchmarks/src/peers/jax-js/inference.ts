import type { NdArray } from "@throughtime/core";
import type { Inputs } from "../../problem.js";
import type { SampleTask } from "../../protocol.js";
import { argmax, type Step } from "../peer.js";
import type { Jax, JaxArray, Params, State } from "./api.js";

// Every use of an array but the last is marked by `ref`: jax-js counts references.

/** a · b, jitted. */
export function jaxMatmul({ numpy: np, jit }: Jax, { a, b }: Inputs): Step {
  const [x, y] = [uploaded(np, a), uploaded(np, b)];
  const product = jit((p: JaxArray, q: JaxArray) => np.matmul(p, q));
  return {
    async step() {
      return (await product(x.ref, y.ref).data()).at(-1) as number;
    },
    async close() {},
  };
}

/** The next character of the LSTM language model, jitted. */
export function jaxSampling({ numpy: np, nn, jit }: Jax, { H, V }: SampleTask, weights: Inputs): Step {
  const params = Object.fromEntries(
    ["E", "W", "U", "b", "Wo", "bo"].map((name) => [name, uploaded(np, weights[name])]),
  ) as unknown as Params;
  const names = Object.keys(params) as (keyof Params)[];
  const next = jit((p: Params, x: JaxArray, [h, c]: State): [JaxArray, State] => {
    const z = np.matmul(np.matmul(x, p.E), p.W).add(p.b).add(np.matmul(h, p.U));
    const [i, f, o, g] = np.split(z, 4, 1);
    const cNext = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    const hNext = nn.sigmoid(o).mul(np.tanh(cNext.ref));
    return [np.matmul(hNext.ref, p.Wo).add(p.bo), [hNext, cNext]];
  });
  let state: State = [np.zeros([1, H]), np.zeros([1, H])];
  let token = 0;
  return {
    async step() {
      const kept = Object.fromEntries(names.map((name) => [name, params[name].ref])) as unknown as Params;
      const [logits, after] = next(kept, nn.oneHot(np.array(Int32Array.of(token)), V), state);
      state = after;
      const data = await logits.data();
      token = argmax(data);
      return data[token] as number;
    },
    async close() {},
  };
}

const uploaded = (np: Jax["numpy"], array: NdArray | undefined): JaxArray => {
  const { data, shape } = array as NdArray;
  return np.array(data as Float32Array).reshape([...shape]);
};
