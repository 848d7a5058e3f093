import { defineComposite } from "../composite.js";
import { type Dim, sameShape, shapeText } from "../dim.js";
import { ShapeError } from "../errors.js";
import { apply, requireFloat, requireSameDtype, type TensorLike } from "../op.js";
import { optionsOf } from "../require.js";
import { type Tensor, typeText } from "../tensor.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { sqrt } from "./sqrt.js";
import { sub } from "./sub.js";
import { sumTo } from "./sum.js";

export interface LayerNormParams {
  readonly epsilon: number;
}

const LAST = { axis: -1, keepDims: true };

/** x̂ = (x − μ) / σ over the last axis, and σ = √(Var x + ε). */
function normalize(x: Tensor, epsilon: number): { xHat: Tensor; sigma: Tensor } {
  const centered = sub(x, mean(x, LAST));
  const sigma = sqrt(add(mean(mul(centered, centered), LAST), epsilon));
  return { xHat: div(centered, sigma), sigma };
}

/**
 * y = (x − μ) / √(Var x + ε) · gain + bias, μ and Var over the last axis: x […, D], gain [D], bias [D]. f32, f64. Ba,
 * Kiros & Hinton (2016).
 */
export const layerNormOp = defineComposite<LayerNormParams>({
  name: "layerNorm",
  lower(inputs, { epsilon }) {
    const [x, gain, bias] = inputs as readonly [Tensor, Tensor, Tensor];
    check(x, gain, bias);
    return [add(mul(normalize(x, epsilon).xHat, gain), bias)];
  },
  // The gradient of gain and bias is summed over positions: dx = (g − mean g − x̂ · mean(g·x̂)) / σ with g = dy·gain.
  vjp({ inputs, params: { epsilon } }, dy) {
    const [x, gain, bias] = inputs as readonly [Tensor, Tensor, Tensor];
    const { xHat, sigma } = normalize(x, epsilon);
    const g = mul(dy, gain);
    const dx = div(sub(sub(g, mean(g, LAST)), mul(xHat, mean(mul(g, xHat), LAST))), sigma);
    return [dx, sumTo(mul(dy, xHat), gain.shape), sumTo(dy, bias.shape)];
  },
});

/**
 * y = (x − μ) / √(Var x + ε) · gain + bias, with mean μ and (biased) variance over the last axis. x: […, D], f32 or f64;
 * gain and bias: [D]; y: x's shape. Ba, Kiros & Hinton, "Layer Normalization" (2016).
 * Throws ShapeError where gain or bias is not [D], DtypeError where dtypes differ or are not float.
 */
export function layerNorm(
  x: TensorLike,
  gain: TensorLike,
  bias: TensorLike,
  options: Partial<LayerNormParams> = {},
): Tensor {
  const { epsilon = 1e-5 } = optionsOf("layerNorm", options, "epsilon");
  return apply(layerNormOp, [x, gain, bias], { epsilon });
}

function check(x: Tensor, gain: Tensor, bias: Tensor): void {
  requireSameDtype("layerNorm", [x, gain, bias]);
  requireFloat("layerNorm", [x]);
  const expected = x.shape.slice(-1) as readonly Dim[];
  if (x.shape.length === 0 || !sameShape(gain.shape, expected) || !sameShape(bias.shape, expected)) {
    throw new ShapeError(
      `layerNorm: x is ${typeText(x)}, gain ${typeText(gain)}, bias ${typeText(bias)}; gain and bias must have x's last axis, ${shapeText(expected)}.`,
      {
        x: x.shape,
        gain: gain.shape,
        bias: bias.shape,
      },
    );
  }
}
