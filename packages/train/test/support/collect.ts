import { type Backend, flattenTree, isNdArray } from "@throughtime/core";
import { expect } from "vitest";
import { type Report, type Training, train } from "../../src/index.js";
import { type Carry, type Chunk, carry, chunks, loss, mask, type Noise, type Params, params } from "./tiny.js";

/** Every report of a training. */
export async function collect(training: Training<unknown>): Promise<Report[]> {
  const reports: Report[] = [];
  for await (const report of training) reports.push(report);
  return reports;
}

type Options = Parameters<typeof train<Params, Chunk, Carry, Noise>>[0];

/** The tiny model's options, with others in their place. */
export const tiny = (
  backend: Backend,
  others: Omit<Options, "backend" | "params" | "loss" | "source"> & Partial<Options>,
) =>
  train<Params, Chunk, Carry, Noise>({
    backend,
    params: params(),
    loss,
    source: chunks(),
    carry,
    noise: mask,
    ...others,
  });

/** What a report says apart from the time it took and where it was written to. */
export const timeless = ({ seconds: _, tokensPerSecond: __, validation, checkpoint: ___, ...report }: Report) => ({
  ...report,
  ...(validation && { validation: { ...validation, seconds: 0 } }),
});

/** Every number in a tree of host data, by path. */
export function numbers(tree: unknown): Record<string, number[]> {
  const { leaves, paths } = flattenTree(tree, isNdArray);
  return Object.fromEntries(leaves.map(({ data }, i) => [paths[i] as string, [...data]]));
}

/** The largest difference between two trees of equal structure. */
export function distance(a: unknown, b: unknown): number {
  const [x, y] = [numbers(a), numbers(b)];
  expect(Object.keys(x)).toEqual(Object.keys(y));
  return Math.max(
    ...Object.entries(x).flatMap(([path, values]) => values.map((v, i) => Math.abs(v - (y[path]?.[i] as number)))),
  );
}

/** A backend that notes what it is asked to do. */
export function noting(backend: Backend): { readonly backend: Backend; readonly notes: string[] } {
  const notes: string[] = [];
  return {
    notes,
    backend: {
      ...backend,
      async compile(program, options) {
        notes.push("compile");
        const executable = await backend.compile(program, options);
        return {
          ...executable,
          run(inputs) {
            notes.push("run");
            return executable.run(inputs);
          },
        };
      },
      download(array) {
        notes.push(array.shape.length === 0 ? "read" : "copy");
        return backend.download(array);
      },
    },
  };
}
