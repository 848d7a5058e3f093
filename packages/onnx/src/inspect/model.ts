import { DataError } from "@throughtime/core";
import { type ValueInfo, valueInfo } from "./values.js";
import { sparseInfo, tensorInfo, type WeightInfo } from "./weights.js";
import {
  DEFAULT_LIMITS,
  exceeded,
  type Field,
  type InspectLimits,
  type ModelSource,
  type Wire,
  wireOf,
} from "./wire.js";

/** The contents of an ONNX model. */
export interface ModelInfo {
  readonly producerName: string;
  readonly producerVersion: string;
  readonly irVersion: number | null;
  /** Versions of operator sets by domain; "" is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** What a caller must give: an input with a default, which is an initializer, is a weight. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** How often each operator occurs in the graphs; those in bodies under "Scan/…", in functions under "function F/…". */
  readonly operators: Readonly<Record<string, number>>;
  /** Every fixed tensor, of bodies and functions too, in the file's order. */
  readonly weights: readonly WeightInfo[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The contents of an ONNX model, read field by field: the elements of tensors are stepped over, so the file may be of any
 * size, and larger than memory. Throws DataError where the bytes are no model, are truncated, or go beyond `limits`.
 *
 * @example const { inputs, weights } = inspectModel({ size: bytes.length, read: (at, n) => bytes.subarray(at, at + n) });
 */
export function inspectModel(source: ModelSource, given: InspectLimits = {}): ModelInfo {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const wire = wireOf(source, limits);
  const all: Found = { wire, limits, operators: new Map(), weights: [], nodes: 0 };
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let [producerName, producerVersion] = ["", ""];
  let irVersion: number | null = null;
  let graph: GraphInfo | undefined;
  let entries = 0;
  wire.fields(0, source.size, (field) => {
    if (field.number === 1) irVersion = field.value;
    else if (field.number === 2) producerName = wire.name(field, "kept");
    else if (field.number === 3) producerVersion = wire.name(field, "kept");
    else if (field.number === 7) graph = graphInfo(all, field, "", 1);
    else if (field.number === 25) functionInfo(all, field);
    else if (field.number === 8 || field.number === 14) {
      if (++entries > limits.tensors)
        exceeded("tensors", `the metadata has more than ${limits.tensors} entries`, limits.tensors);
      const { key, value } = entryOf(wire, field);
      if (field.number === 8) opsets.set(key === "ai.onnx" ? "" : key, value?.value ?? 0);
      else metadata.set(key, value ? wire.text(value) : "");
    }
  });
  if (!graph) throw new DataError("onnx: the bytes parse, but hold no graph. Is this an .onnx file?");
  const { weights } = all;
  const defaults = new Set(weights.filter(({ kind }) => kind !== "constant").map(({ name }) => name));
  return {
    ...{ producerName, producerVersion, irVersion, weights },
    opsets: Object.fromEntries(opsets),
    inputs: graph.inputs.filter(({ name }) => !defaults.has(name)),
    outputs: graph.outputs,
    operators: Object.fromEntries(all.operators),
    metadata: Object.fromEntries(metadata),
  };
}

/** What all graphs of a model add to, and what they are read with. */
interface Found {
  readonly wire: Wire;
  readonly limits: Required<InspectLimits>;
  readonly operators: Map<string, number>;
  readonly weights: WeightInfo[];
  nodes: number;
}

type GraphInfo = Pick<ModelInfo, "inputs" | "outputs">;

/** A GraphProto. `path` stands before the names of its operators. */
function graphInfo(all: Found, { start, end }: Field, path: string, depth: number): GraphInfo {
  const { wire, limits } = all;
  if (depth > limits.depth) exceeded("depth", `graphs nest deeper than ${limits.depth} levels`, limits.depth);
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  wire.fields(start, end, (field) => {
    if (field.number === 1) nodeInfo(all, field, path, depth);
    else if (field.number === 5) push(all.weights, tensorInfo(wire, field, "initializer", limits), limits);
    else if (field.number === 15) push(all.weights, sparseInfo(wire, field, limits), limits);
    else if (field.number === 11) push(inputs, valueInfo(wire, field, limits), limits);
    else if (field.number === 12) push(outputs, valueInfo(wire, field, limits), limits);
  });
  return { inputs, outputs };
}

/** A FunctionProto: a name, and nodes. */
function functionInfo(all: Found, { start, end }: Field): void {
  let name = "";
  all.wire.fields(start, end, (field) => {
    if (field.number === 1) name = all.wire.name(field, "kept");
  });
  all.wire.fields(start, end, (field) => {
    if (field.number === 7) nodeInfo(all, field, `function ${name}/`, 1);
  });
}

function nodeInfo(all: Found, { start, end }: Field, path: string, depth: number): void {
  const { wire, limits, operators } = all;
  if (++all.nodes > limits.nodes) exceeded("nodes", `the model has more than ${limits.nodes} nodes`, limits.nodes);
  let [opType, output] = ["", ""];
  const attributes: Field[] = [];
  wire.fields(start, end, (field) => {
    if (field.number === 4) opType = wire.name(field);
    else if (field.number === 2 && output === "") output = wire.name(field);
    else if (field.number === 5) push(attributes, field, limits);
  });
  const key = path + opType;
  const times = operators.get(key);
  if (times === undefined) wire.keep(key.length);
  operators.set(key, (times ?? 0) + 1);
  for (const attribute of attributes) {
    wire.fields(attribute.start, attribute.end, (field) => {
      if (field.number === 6 || field.number === 11) graphInfo(all, field, `${key}/`, depth + 1);
    });
    if (opType === "Constant") constantInfo(all, attribute, output);
  }
}

/** The tensor that an attribute of a Constant is: a whole one, or a list of numbers. */
function constantInfo({ wire, limits, weights }: Found, { start, end }: Field, name: string): void {
  let [floats, integers] = [0, 0];
  const add = (weight: Omit<WeightInfo, "name" | "kind">) =>
    push(weights, { ...weight, name, kind: "constant" }, limits);
  wire.fields(start, end, (field) => {
    if (field.number === 5) add(tensorInfo(wire, field, "constant", limits));
    else if (field.number === 22) add(sparseInfo(wire, field, limits));
    else if (field.number === 7) floats += (field.end - field.start) / 4;
    else if (field.number === 8) integers += wire.integers(field, limits.nodes).length;
  });
  if (floats > 0) add({ dtype: "f32", shape: [floats], bytes: floats * 4 });
  if (integers > 0) add({ dtype: "i64", shape: [integers], bytes: integers * 8 });
}

/** A message of a key and a value: fields 1 and 2. */
function entryOf(wire: Wire, { start, end }: Field): { key: string; value?: Field } {
  let entry: { key: string; value?: Field } = { key: "" };
  wire.fields(start, end, (field) => {
    if (field.number === 1) entry = { ...entry, key: wire.name(field, "kept") };
    else if (field.number === 2) entry = { ...entry, value: field };
  });
  return entry;
}

function push<T>(into: T[], item: T, { tensors }: Required<InspectLimits>): void {
  if (into.length >= tensors)
    exceeded("tensors", `the model has more than ${tensors} weights, inputs or attributes in one place`, tensors);
  into.push(item);
}
