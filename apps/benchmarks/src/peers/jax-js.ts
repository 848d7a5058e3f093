import type { NdArray } from "@throughtime/core";
import { importPeerPackage } from "../install.js";
import type { Jax, JaxArray, Params, State, States } from "./jax-js/api.js";
import { jaxMatmul, jaxSampling } from "./jax-js/inference.js";
import type { OpenPeer } from "./peer.js";

/** The step as a user of jax-js writes it: one jitted function. It has no scan, so the loop over time is unrolled. */
export const open: OpenPeer = async () => {
  const jax = await importPeerPackage<Jax>("jax-js", "@jax-js/jax");
  const { numpy: np, nn, jit, valueAndGrad, init, defaultDevice } = jax;
  await init("wasm");
  defaultDevice("wasm");
  return {
    device: "jax-js 0.1 · jit · WASM",
    async build(task, { tokens, targets, ...weights }) {
      if (task.work === "matmul") return jaxMatmul(jax, weights);
      if (task.work === "sample") return jaxSampling(jax, task, weights);
      if (task.work === "cnn") throw new Error("jax-js: there is no convolutional network.");
      const { cell, B, T, H, V, learningRate, inputProduct } = task;
      const upload = ({ data, shape }: NdArray) => np.array(data as Float32Array).reshape([...shape]);
      // Every use of an array but the last is marked by `ref`: jax-js counts references.
      const steps: Record<string, (p: Params, zx: JaxArray, state: State) => States> = {
        lstm(p, zx, [h, c]) {
          const [i, f, o, g] = np.split(zx.add(np.matmul(h, p.U.ref)), 4, 1);
          const cNext = nn
            .sigmoid(f)
            .mul(c)
            .add(nn.sigmoid(i).mul(np.tanh(g)));
          return [nn.sigmoid(o).mul(np.tanh(cNext.ref)), cNext];
        },
        gru(p, zx, [h]) {
          const [xz, xr, xn] = np.split(zx, 3, 1);
          const [hz, hr, hn] = np.split(np.matmul(h.ref, p.U.ref), 3, 1);
          const z = nn.sigmoid(xz.add(hz));
          const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn.add(p.bn.ref))));
          return [n.ref.add(z.mul(h.sub(n)))];
        },
        custom(p, zx, [h, c]) {
          const [zi, zf, zo, zg] = np.split(zx.add(np.matmul(h, p.U.ref)), 4, 1);
          const [pi, pf, po] = np.split(p.p.ref, 3);
          const i = nn.sigmoid(zi.add(pi.mul(c.ref)));
          const f = nn.sigmoid(zf.add(pf.mul(c.ref)));
          const cNext = f.mul(c).add(i.mul(np.tanh(zg)));
          const o = nn.sigmoid(zo.add(po.mul(cNext.ref)));
          return [o.mul(np.tanh(cNext.ref)), cNext];
        },
      };
      const step = steps[cell];
      if (!step) throw new Error(`jax-js: there is no cell ${cell}.`);

      const lossOf = (p: Params, x: JaxArray, y: JaxArray): JaxArray => {
        const times = (xs: JaxArray) => np.matmul(xs, p.W.ref).add(p.b.ref); // [·, H] → [·, G·H]
        const before = inputProduct === "before";
        const embedded = np.matmul(x, p.E); // [T·B, H]
        let state: States = cell === "gru" ? [np.zeros([B, H])] : [np.zeros([B, H]), np.zeros([B, H])];
        const hs = np.split(before ? times(embedded) : embedded, T, 0).map((xt) => {
          state = step(p, before ? xt : times(xt), state as State);
          return state[0].ref;
        });
        for (const left of state) left.dispose();
        for (const shared of [p.W, p.b, p.U, p.bn, p.p]) shared?.dispose();
        const logits = np.matmul(np.concatenate(hs, 0), p.Wo).add(p.bo); // [T·B, V]
        return nn
          .logSoftmax(logits)
          .mul(y)
          .sum()
          .mul(-1 / (T * B));
      };
      const update = jit((p: Params, x: JaxArray, y: JaxArray): [Params, JaxArray] => {
        const names = Object.keys(p) as (keyof Params)[];
        const kept = Object.fromEntries(names.map((name) => [name, p[name].ref])) as unknown as Params;
        const [loss, gradients] = valueAndGrad(lossOf)(kept, x, y);
        const next = names.map((name) => [name, p[name].sub(gradients[name].mul(learningRate))]);
        return [Object.fromEntries(next) as Params, loss];
      });
      const oneHot = ({ data }: NdArray) => nn.oneHot(np.array(data as Int32Array), V);
      const x = oneHot(tokens as NdArray);
      const y = oneHot(targets as NdArray);
      let params = Object.fromEntries(
        Object.entries(weights).map(([name, array]) => [name, upload(array)]),
      ) as unknown as Params;
      return {
        async step() {
          const [next, loss] = update(params, x.ref, y.ref);
          params = next;
          const [value] = await loss.data();
          await Promise.all(Object.values(params).map((array) => array.blockUntilReady()));
          return value as number;
        },
        async close() {},
      };
    },
  };
};
