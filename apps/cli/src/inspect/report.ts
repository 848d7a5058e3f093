import { bytes, count, table } from "../format.js";
import type { CheckpointContents, Contents, SafetensorsContents, TensorEntry } from "./inspect-file.js";
import type { OnnxContents, OnnxValue } from "./onnx.js";

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

function checkpointReport({ path, bytes: size, step, epoch, best, description, tensors }: CheckpointContents): string {
  const facts = [
    ["after", `step ${count(step)}, in epoch ${epoch + 1}`],
    ["best", best ? `validation loss ${best.loss.toFixed(4)}, at step ${count(best.step)}` : "not measured yet"],
    ["SHA-256", "right"],
    ...flattened(description),
  ];
  return [`${path}: a checkpoint, ${bytes(size)}`, "", table(facts, "  "), "", tensorTable(tensors)].join("\n");
}

function safetensorsReport({ path, bytes: size, metadata, tensors }: SafetensorsContents): string {
  const facts = Object.entries(metadata).map(([key, value]) => [key, shortened(value)]);
  return [
    `${path}: a safetensors file, ${bytes(size)}`,
    ...(facts.length > 0 ? ["", table(facts, "  ")] : []),
    "",
    tensorTable(tensors),
  ].join("\n");
}

function onnxReport({ path, bytes: size, producer, opset, ...model }: OnnxContents): string {
  const { inputs, outputs, operators, initializers, metadata } = model;
  const values = (list: readonly OnnxValue[]) =>
    table(
      list.map(({ name, dtype, shape }) => [name, `${dtype}[${shape.join(", ")}]`]),
      "  ",
    );
  const facts = Object.entries(metadata).map(([key, value]) => [key, shortened(value)]);
  return [
    `${path}: an ONNX model, ${bytes(size)}${producer === "" ? "" : `, by ${producer}`}, operator set ${opset ?? "not named"}`,
    ...["", "Inputs", values(inputs), "", "Outputs", values(outputs), "", "Operators"],
    table(
      Object.entries(operators).map(([name, times]) => [name, String(times)]),
      "  ",
    ),
    "",
    `${count(initializers.count)} initializers, ${bytes(initializers.bytes)}`,
    ...(facts.length > 0 ? ["", "Metadata", table(facts, "  ")] : []),
  ].join("\n");
}

function tensorTable(tensors: readonly TensorEntry[]): string {
  const numbers = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  const rows = tensors.map(({ name, dtype, shape }) => [name, `${dtype}[${shape.join(", ")}]`, count(numbers(shape))]);
  const total = tensors.reduce((sum, { shape }) => sum + numbers(shape), 0);
  return `${table(rows, "  ")}\n\n${count(tensors.length)} tensors, ${count(total)} numbers`;
}

/** JSON as rows of path and value; lists in one row. */
function flattened(value: unknown, path = ""): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, shortened(textOf(value))]];
  return Object.entries(value).flatMap(([key, item]) => flattened(item, path === "" ? key : `${path}.${key}`));
}

const textOf = (value: unknown): string =>
  Array.isArray(value) ? `${value.length}: ${JSON.stringify(value)}` : String(value);

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 79)}…` : text);
