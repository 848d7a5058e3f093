import {
  type Backend,
  type DeviceArray,
  type Executable,
  inlineComposites,
  type NdArray,
  optimize,
} from "@throughtime/core";
import { difference, type RandomCase, TOLERANCES } from "../../src/index.js";

/** What a random case gives on each backend that is not what `evaluate` says, as lines that name the seed. */
export async function disagreements(random: RandomCase, backends: readonly Backend[]): Promise<string[]> {
  const { seed, kind, program } = random;
  const points = random.sizes.map((sizes) => ({
    sizes,
    inputs: random.inputs(sizes),
    expected: random.expected(sizes),
  }));
  // Passes take longest, so they run once, for what one of the backends claims.
  const { supports } = backends[seed % backends.length] as Backend;
  const ready = kind.optimized ? optimize(program, supports).program : program;
  const found: string[] = [];
  for (const backend of backends) {
    const say = (text: string) => found.push(`seed ${seed} ${JSON.stringify(kind)} on ${backend.name}: ${text}`);
    try {
      const executable = await backend.compile(inlineComposites(ready, backend.supports), {
        donate: program.inputs.map(() => false),
      });
      for (const { sizes, inputs, expected } of points) {
        const actual = await outputsOf(backend, executable, inputs);
        const wrong = expected.flatMap((value, i) => {
          const text = difference(actual[i] as NdArray, value, TOLERANCES[random.precision[i] as string] ?? {});
          return text ? `output ${i}: ${text}` : [];
        });
        if (wrong.length > 0) say(`at ${JSON.stringify(sizes)}: ${wrong.join("; ")}`);
      }
      executable.release();
    } catch (error) {
      say(String(error));
    }
  }
  return found;
}

async function outputsOf(backend: Backend, executable: Executable, inputs: readonly NdArray[]): Promise<NdArray[]> {
  const arrays: DeviceArray[] = [];
  try {
    for (const input of inputs) arrays.push(await backend.upload(input));
    const outputs = await executable.run(arrays);
    arrays.push(...outputs);
    return await Promise.all(outputs.map((output) => backend.download(output)));
  } finally {
    for (const array of new Set(arrays)) backend.release(array);
  }
}
