/**
 * How an image lies in the scratch memory of a convolution: with zeros around it, and each channel as stride × stride planes, of the pixels that
 * have the same remainders. So what one place of the kernel meets, from one window to the next, lies side by side. Pixel (i, j)
 * of channel c, counted with the zeros, stands in [c, i mod stride, j mod stride, ⌊i / stride⌋, ⌊j / stride⌋].
 */
export interface Planes {
  readonly stride: number;
  /** Zeros above and to the left of the image. */
  readonly top: number;
  readonly left: number;
  /** Of one plane. */
  readonly rows: number;
  readonly columns: number;
}

/** So many elements after the last one that it needs a tile may read. */
export const ROOM = 32;

/** How many elements the planes of C channels take. */
export const planesSize = (C: number, { stride, rows, columns }: Planes): number =>
  C * stride * stride * rows * columns + ROOM;

/** A kernel's place along one axis: its remainder, and where in that plane it is. */
export interface Tap {
  readonly plane: number;
  readonly at: number;
}

/** Bytes from the first element to those that a window of `taps` meets, channel by channel: i32 [C · P · Q]. */
export function offsetsOf(C: number, down: readonly Tap[], across: readonly Tap[], planes: Planes): Int32Array {
  const { stride, rows, columns } = planes;
  const offsets: number[] = [];
  for (let c = 0; c < C; c++) {
    for (const p of down) {
      for (const q of across) {
        const plane = (c * stride + p.plane) * stride + q.plane;
        offsets.push(4 * ((plane * rows + p.at) * columns + q.at));
      }
    }
  }
  return Int32Array.from(offsets);
}

/** The taps of a kernel of `size` that moves by `stride`. */
export const forwardTaps = (size: number, stride: number): readonly Tap[] =>
  Array.from({ length: size }, (_, p) => ({ plane: p % stride, at: Math.floor(p / stride) }));

/** Along one axis: the windows of `size`, `count` of them, and how long a plane is that holds what they meet. */
export const planeLength = (size: number, stride: number, count: number): number =>
  count + Math.floor((size - 1) / stride);

/**
 * The results of one remainder along one axis of an input's gradient: those at start, start + stride, …, to each of which the kernel's places
 * phase, phase + stride, … contribute. The first of the results meets its taps at `at`.
 */
export interface Phase {
  readonly phase: number;
  readonly start: number;
  readonly count: number;
  readonly taps: readonly Tap[];
}

/**
 * Along one axis of an input's gradient: for each remainder its results, how many zeros stand before the slopes, and how long a plane is.
 * Result i comes of Σ over p of slope (i + padding − p) / stride · weight p, for those p that leave no remainder.
 */
export function phasesOf(size: number, kernel: number, stride: number, padding: number) {
  const phases = Array.from({ length: stride }, (_, phase) => {
    // Counted in windows: result start + stride · u meets the slopes first + u − m, where m counts the places.
    const first = Math.ceil((padding - phase) / stride);
    const start = first * stride + phase - padding;
    const count = Math.max(0, Math.ceil((size - start) / stride));
    return { phase, start, count, first, places: Math.max(0, Math.ceil((kernel - phase) / stride)) };
  }).filter(({ count }) => count > 0);
  const before = phases.reduce((most, { places, first }) => Math.max(most, places - 1 - first), 0);
  const length = phases.reduce((most, { first, count }) => Math.max(most, before + first + count), 0);
  return {
    before,
    length,
    phases: phases.map(({ first, places, ...rest }): Phase => {
      const taps = Array.from({ length: places }, (_, m) => ({ plane: 0, at: before + first - m }));
      return { ...rest, taps };
    }),
  };
}
