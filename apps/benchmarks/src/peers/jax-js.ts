import type { NdArray } from "@throughtime/core";
import { importPeerPackage } from "../install.js";
import type { OpenPeer } from "./peer.js";

/** The step as a user of jax-js writes it: one jitted function. It has no scan, so the loop over time is unrolled. */
export const open: OpenPeer = async () => {
  const {
    numpy: np,
    nn,
    jit,
    valueAndGrad,
    init,
    defaultDevice,
  } = await importPeerPackage<Jax>("jax-js", "@jax-js/jax");
  await init("wasm");
  defaultDevice("wasm");
  return {
    device: "jax-js 0.1 · jit · WASM",
    async build({ cell, B, T, H, V, learningRate, inputProduct }, { tokens, targets, ...weights }) {
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

interface JaxArray {
  readonly ref: JaxArray;
  add(other: JaxArray): JaxArray;
  sub(other: JaxArray): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  sum(): JaxArray;
  reshape(shape: number[]): JaxArray;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<JaxArray>;
  dispose(): void;
}
type Params = Readonly<Record<"W" | "U" | "b" | "bn" | "p" | "E" | "Wo" | "bo", JaxArray>>;
type States = readonly [JaxArray, ...JaxArray[]];
/** h and, where the cell has one, c. */
type State = readonly [JaxArray, JaxArray];

/** What is used of @jax-js/jax. */
interface Jax {
  readonly numpy: {
    array(data: Float32Array | Int32Array): JaxArray;
    zeros(shape: number[]): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
    // As many as are asked for, so that a pattern can take them apart.
    split(x: JaxArray, parts: number, axis?: number): [JaxArray, JaxArray, JaxArray, JaxArray, ...JaxArray[]];
    concatenate(parts: JaxArray[], axis: number): JaxArray;
  };
  readonly nn: {
    sigmoid(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
    oneHot(x: JaxArray, depth: number): JaxArray;
  };
  jit<F>(f: F): F;
  valueAndGrad(
    f: (p: Params, x: JaxArray, y: JaxArray) => JaxArray,
  ): (p: Params, x: JaxArray, y: JaxArray) => [JaxArray, Params];
  init(device: string): Promise<string[]>;
  defaultDevice(device: string): string;
}
