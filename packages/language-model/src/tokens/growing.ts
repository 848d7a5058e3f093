/** Whole numbers, as many as come. */
export interface Growing {
  push(value: number): void;
  /** Takes the last one off. */
  pop(): void;
  /** What came so far; the memory is shared. */
  values(): Int32Array;
}

export function growing(): Growing {
  let data = new Int32Array(2 ** 16);
  let count = 0;
  return {
    push(value) {
      if (count === data.length) {
        const larger = new Int32Array(2 * count);
        larger.set(data);
        data = larger;
      }
      data[count++] = value;
    },
    pop() {
      count--;
    },
    values: () => data.subarray(0, count),
  };
}
