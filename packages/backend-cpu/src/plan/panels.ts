import type { View } from "./view.js";

/** Copies b of a product into panels, so that the product reads it in order. */
export interface PackStep {
  readonly kind: "pack";
  /** […, K, P] in any layout. */
  readonly from: View;
  /** […, panels, K, 4·vectors], row-major. */
  readonly to: View;
  /** A panel's width, in vectors of four. */
  readonly vectors: number;
}

export const PANEL_BYTES_PER_VECTOR = 16;

/** The register tile for products of M rows: as many accumulators as the 16 registers leave room for. */
export function tileOf(rows: number): { readonly rows: number; readonly vectors: number } {
  if (rows === 1) return { rows: 1, vectors: 8 };
  if (rows === 2) return { rows: 2, vectors: 4 };
  if (rows === 3) return { rows: 3, vectors: 4 };
  return { rows: Math.min(rows, 6), vectors: 2 };
}
