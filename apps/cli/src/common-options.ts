import { Option } from "@commander-js/extra-typings";
import { BLEU_TOKENIZERS } from "@throughtime/metrics";
import { BACKENDS, DEVICES } from "./backend.js";
import { integer, path } from "./parse-options.js";

/** Options that several commands have. */

export const jsonOption = () => new Option("--json", "write what a program reads: JSON on stdout");

export const seedOption = () => new Option("--seed <n>", "what all randomness comes from").argParser(integer(0));

export const dataOption = () =>
  new Option("--data <file>", "a text, gzipped or not; - for standard input (default: Moby Dick)").argParser(path);

export const encodingOption = () =>
  new Option("--encoding <name>", "of text files: windows-1252 (Latin-1 too), utf-16le, … (default: utf-8)");

export const backendOption = () =>
  new Option(
    "--backend <name>",
    "ort: ONNX Runtime; cpu: WebAssembly, needs nothing; reference: plain JavaScript, slow; auto (default): ort where it is installed, else cpu",
  ).choices(BACKENDS);

export const deviceOption = () => new Option("--device <name>", "where ort runs (default: cpu)").choices(DEVICES);

export const threadsOption = () =>
  new Option("--threads <n>", "threads on the CPU (default: all of ort, 1 of cpu)").argParser(integer(1, 1024));

export const bleuTokenizerOption = () =>
  new Option(
    "--bleu-tokenizer <name>",
    "what BLEU counts, as sacreBLEU has it (default: 13a, or zh or char by the letters)",
  ).choices(BLEU_TOKENIZERS);
