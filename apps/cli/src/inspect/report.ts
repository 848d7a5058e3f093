import { printable, quote } from "@throughtime/core";
import { type ValueInfo, valueText, type WeightInfo } from "@throughtime/onnx";
import { bytes, count, table } from "../format.js";
import type { CheckpointContents, Contents, SafetensorsContents, TensorEntry } from "./inspect-file.js";
import type { OnnxContents } from "./onnx.js";

/** What stands in a file, for people. */
export function reportOf(contents: Contents): string {
  switch (contents.kind) {
    case "checkpoint":
      return checkpointReport(contents);
    case "safetensors":
      return safetensorsReport(contents);
    case "onnx":
      return onnxReport(contents);
  }
}

function checkpointReport({
  path,
  bytes: size,
  step,
  epoch,
  best,
  sha256,
  description,
  tensors,
}: CheckpointContents): string {
  const facts = [
    ["after", `step ${count(step)}, in epoch ${epoch + 1}`],
    ["best", best ? `validation loss ${best.loss.toFixed(4)}, at step ${count(best.step)}` : "not measured yet"],
    ["SHA-256", sha256 === "right" ? sha256 : `${sha256}; --verify reads the whole file and checks it`],
    ...described(description),
  ];
  return [`${path}: a checkpoint, ${bytes(size)}`, "", table(facts, "  "), "", tensorTable(tensors)].join("\n");
}

function safetensorsReport({ path, bytes: size, metadata, tensors }: SafetensorsContents): string {
  const facts = Object.entries(metadata).map(([key, value]) => [printable(key), printable(value)]);
  return [
    `${path}: a safetensors file, ${bytes(size)}`,
    ...(facts.length > 0 ? ["", table(facts, "  ")] : []),
    "",
    tensorTable(tensors),
  ].join("\n");
}

function onnxReport({ path, bytes: size, producer, opset, ...model }: OnnxContents): string {
  const { inputs, outputs, operators, weights, metadata } = model;
  const values = (list: readonly ValueInfo[]) =>
    table(
      list.map((value) => [printable(value.name), printable(valueText(value), 200)]),
      "  ",
    );
  const facts = Object.entries(metadata).map(([key, value]) => [printable(key), printable(value)]);
  return [
    `${path}: an ONNX model, ${bytes(size)}${producer === "" ? "" : `, by ${printable(producer)}`}, operator set ${opset ?? "not named"}`,
    ...["", "Inputs", values(inputs), "", "Outputs", values(outputs), "", "Operators"],
    table(
      Object.entries(operators).map(([name, times]) => [printable(name), String(times)]),
      "  ",
    ),
    ...["", "Weights", ...weightLines(weights)],
    ...(facts.length > 0 ? ["", "Metadata", table(facts, "  ")] : []),
  ].join("\n");
}

/** A tensor of so few elements is a number that a node needs, more likely than something that was learned. */
const SMALL = 16;

function weightLines(weights: readonly WeightInfo[]): string[] {
  const sum = (list: readonly WeightInfo[]) => list.reduce((total, weight) => total + weight.bytes, 0);
  const large = weights.filter(({ shape }) => elements(shape) > SMALL);
  const files = new Map<string, WeightInfo[]>();
  for (const weight of weights) {
    if (weight.external !== undefined) files.set(weight.external, [...(files.get(weight.external) ?? []), weight]);
  }
  const rows = large.map(({ name, dtype, shape, bytes: size, kind, external }) => [
    ...[printable(name), `${dtype}[${shape.join(", ")}]`, bytes(size)],
    external === undefined ? (kind === "initializer" ? "" : kind) : `in ${printable(external)}`,
  ]);
  return [
    ...(rows.length > 0 ? [table(rows, "  ").replaceAll(/ +$/gm, ""), ""] : []),
    `${count(weights.length)} tensors, ${bytes(sum(weights))}; ${count(weights.length - large.length)} of them have at most ${SMALL} elements and are not listed`,
    ...[...files].map(
      ([file, list]) =>
        `${count(list.length)} of them, ${bytes(sum(list))}, in the file ${printable(file)}, which belongs beside the model`,
    ),
  ];
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function tensorTable(tensors: readonly TensorEntry[]): string {
  const rows = tensors.map(({ name, dtype, shape }) => [
    ...[printable(name), `${dtype}[${shape.join(", ")}]`, count(elements(shape))],
  ]);
  const total = tensors.reduce((sum, { shape }) => sum + elements(shape), 0);
  return [
    ...(rows.length > 0 ? [table(rows, "  "), ""] : []),
    `${count(tensors.length)} tensors, ${count(total)} numbers`,
  ].join("\n");
}

/** More rows than any description of ours has. */
const MOST_ROWS = 200;

function described(description: unknown): string[][] {
  const rows = flattened(description);
  const more = rows.length - MOST_ROWS;
  return more > 0 ? [...rows.slice(0, MOST_ROWS), ["…", `and ${count(more)} more; --json has all`]] : rows;
}

/** JSON as rows of path and value; lists in one row. */
function flattened(value: unknown, path = ""): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[printable(path), textOf(value)]];
  return Object.entries(value).flatMap(([key, item]) => flattened(item, path === "" ? key : `${path}.${key}`));
}

const textOf = (value: unknown): string =>
  Array.isArray(value) ? `${value.length}: ${quote(value)}` : printable(String(value));
