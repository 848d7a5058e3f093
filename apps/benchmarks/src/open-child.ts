// Opens a translator's model file and translates a sentence, in a process in which nothing is warm: open-child.js BACKEND FILE
import { readFile } from "node:fs/promises";

const [name, path = ""] = process.argv.slice(2);
/** Milliseconds since the last call: on the clock, and of this process's threads on processors. */
const lap = (() => {
  let [clock, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const passed = { ms: performance.now() - clock, cpuMs: used(process.cpuUsage(cpu)) };
    [clock, cpu] = [performance.now(), process.cpuUsage()];
    return passed;
  };
})();
const used = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000;

const { loadTranslator } = await import("@throughtime/seq2seq");
const backend =
  name === "ort"
    ? await (await import("@throughtime/backend-ort")).ort()
    : await (await import("@throughtime/backend-cpu")).cpu();
const modules = lap();
const translator = await loadTranslator(await readFile(path), { backend });
const opened = lap();
const say = async (text: string) => {
  for await (const _ of translator.translate([text]));
  return lap();
};
const first = await say("s0 s1 s2 s3 s4 s5 s6");
const second = await say("s6 s5 s4 s3 s2 s1 s0 s1");
translator.release();
await backend.close();
console.log(JSON.stringify({ modules, opened, first, second }));
