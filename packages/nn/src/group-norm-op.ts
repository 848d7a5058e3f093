import {
  add,
  apply,
  type Dim,
  defineComposite,
  div,
  mean,
  mul,
  reshape,
  sqrt,
  sub,
  sum,
  type Tensor,
} from "@throughtime/core";

interface GroupNormOpParams {
  readonly groups: number;
  readonly epsilon: number;
}

const GROUP = { axis: [2, 3], keepDims: true };
const PLACES = { axis: 3, keepDims: true };

/** x as [N, G, C/G, H·W]. */
function grouped(x: Tensor, groups: number): Tensor {
  const [N, C, H, W] = x.shape as readonly [Dim, number, number, number];
  return reshape(x, [N, groups, C / groups, H * W]);
}

/** What belongs to each channel, [C], as [G, C/G, 1]. */
const perChannel = (t: Tensor, groups: number): Tensor => reshape(t, [groups, (t.shape[0] as number) / groups, 1]);

/** c = x − μ, [N, G, C/G, H·W], and r = 1 / √(Var x + ε), [N, G, 1, 1]. */
function normalize(x: Tensor, { groups, epsilon }: GroupNormOpParams): { c: Tensor; r: Tensor } {
  const all = grouped(x, groups);
  const c = sub(all, mean(all, GROUP));
  return { c, r: div(1, sqrt(add(mean(mul(c, c), GROUP), epsilon))) };
}

const groupNormOp = defineComposite<GroupNormOpParams>({
  name: "groupNorm",
  lower(inputs, params) {
    const [x, gain, bias] = inputs as readonly [Tensor, Tensor, Tensor];
    const { c, r } = normalize(x, params);
    const slope = mul(r, perChannel(gain, params.groups)); // [N, G, C/G, 1]
    return [reshape(add(mul(c, slope), perChannel(bias, params.groups)), x.shape)];
  },
  // With g = dy·gain: dx = r·(g − mean g − c·r²·mean(g·c)). The means are made of sums over each channel's places, which the
  // gradients of gain and bias are made of too.
  vjp({ inputs, params }, dy) {
    const [x, gain, bias] = inputs as readonly [Tensor, Tensor, Tensor];
    const { c, r } = normalize(x, params);
    const d = grouped(dy, params.groups);
    const factor = perChannel(gain, params.groups);
    const sums = sum(d, PLACES); // [N, G, C/G, 1]
    const products = sum(mul(d, c), PLACES);
    const count = (c.shape[2] as number) * (c.shape[3] as number);
    const overGroup = (t: Tensor) => div(sum(mul(t, factor), { axis: 2, keepDims: true }), count); // [N, G, 1, 1]
    const offset = mul(r, overGroup(sums));
    const share = mul(mul(r, mul(r, r)), overGroup(products));
    const dx = sub(sub(mul(d, mul(r, factor)), mul(c, share)), offset);
    const dGain = sum(mul(products, r), { axis: 0 });
    return [reshape(dx, x.shape), reshape(dGain, gain.shape), reshape(sum(sums, { axis: 0 }), bias.shape)];
  },
});

/** x [N, C, H, W] normalized by groups of channels, times gain [C], plus bias [C]. G divides C. */
export const groupNormOf = (x: Tensor, gain: Tensor, bias: Tensor, params: GroupNormOpParams): Tensor =>
  apply(groupNormOp, [x, gain, bias], params);
