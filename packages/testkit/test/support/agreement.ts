import {
  type Backend,
  type DeviceArray,
  inlineComposites,
  type NdArray,
  optimize,
  type Program,
} from "@throughtime/core";
import { difference, type RandomCase, TOLERANCES } from "../../src/index.js";

/** What a random case gives on each backend that is not what `evaluate` says, as lines that name the seed. */
export async function disagreements(random: RandomCase, backends: readonly Backend[]): Promise<string[]> {
  const { seed, kind, program, inputs, precision } = random;
  const expected = random.expected();
  // Passes take longest, so they run once, for what one of the backends claims.
  const { supports } = backends[seed % backends.length] as Backend;
  const ready = kind.optimized ? optimize(program, supports).program : program;
  const found: string[] = [];
  for (const backend of backends) {
    const wrong = await outputsOf(backend, ready, inputs).then(
      (actual) =>
        expected.flatMap((value, i) => {
          const tolerance = TOLERANCES[precision[i] as string] ?? {};
          const text = difference(actual[i] as NdArray, value, tolerance);
          return text ? `output ${i}: ${text}` : [];
        }),
      (error: unknown) => [String(error)],
    );
    if (wrong.length > 0) found.push(`seed ${seed} ${JSON.stringify(kind)} on ${backend.name}: ${wrong.join("; ")}`);
  }
  return found;
}

async function outputsOf(backend: Backend, program: Program, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const executable = await backend.compile(inlineComposites(program, backend.supports), {
    donate: inputs.map(() => false),
  });
  const arrays: DeviceArray[] = [];
  try {
    for (const input of inputs) arrays.push(await backend.upload(input));
    const outputs = await executable.run(arrays);
    arrays.push(...outputs);
    return await Promise.all(outputs.map((output) => backend.download(output)));
  } finally {
    for (const array of new Set(arrays)) backend.release(array);
    executable.release();
  }
}
