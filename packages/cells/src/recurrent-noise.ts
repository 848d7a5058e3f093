import type { Tensor } from "@throughtime/core";
import { masked } from "./noise.js";

/** A mask [B, H] on the h that enters a cell's recurrent products. */
export type RecurrentNoise = { h?: Tensor };

/** h as it enters the recurrent products: multiplied by its mask where there is one. */
export const maskedState = (h: Tensor, noise: RecurrentNoise | undefined): Tensor => masked(noise?.h, h);
