import { DataError, OptionError, printable } from "@throughtime/core";
import { DEFAULT_LIMITS, exceeded, type Field, type InspectLimits, refuse, type Wire, wireOf } from "./wire.js";

/** A value that a node of a model's graph makes. */
export interface NodeOutput {
  readonly name: string;
  /** The operator that makes it: "Conv". */
  readonly operator: string;
}

/**
 * The values that the nodes of a model make, in their order: what `extractModel` can make outputs. Those inside of bodies are none.
 * Throws DataError where the bytes are no model, or go beyond `limits`.
 */
export function nodeOutputs(model: Uint8Array, limits: InspectLimits = {}): readonly NodeOutput[] {
  return outputsOf(partsOf(model, limits));
}

/**
 * A model that computes the named values, which are its outputs in this order, and nothing else: of the nodes and weights those that they
 * need are kept, byte for byte. So a classifier without its last layers is an encoder. Throws OptionError for a name that no node makes, with
 * those that are nearest to it; DataError where the bytes are no model, or go beyond `limits`.
 *
 * @example extractModel(bytes, ["fire9/concat_1"])
 */
export function extractModel(model: Uint8Array, names: readonly string[], limits: InspectLimits = {}): Uint8Array {
  const parts = partsOf(model, limits);
  const { nodes, graph } = parts;
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const missing = names.find((name) => !makers.has(name));
  if (missing !== undefined) throw noValue(missing, outputsOf(parts));

  const needed = new Set<string>(names);
  const kept = new Set<Node>();
  for (const open = [...needed]; open.length > 0; ) {
    const node = makers.get(open.pop() as string);
    if (node === undefined || kept.has(node)) continue;
    kept.add(node);
    for (const input of node.reads) {
      if (needed.has(input)) continue;
      needed.add(input);
      open.push(input);
    }
  }

  const bytesOf = ({ begin, end }: Field) => model.subarray(begin, end);
  const known = new Map(parts.values.map(({ name, field }) => [name, field]));
  const outputs = names.map((name) => {
    const field = known.get(name);
    return message(12, field ? model.subarray(field.start, field.end) : message(1, new TextEncoder().encode(name)));
  });
  const content = joined([
    ...parts.rest.map(bytesOf),
    ...nodes.filter((node) => kept.has(node)).map(({ field }) => bytesOf(field)),
    ...parts.named.filter(({ name }) => needed.has(name)).map(({ field }) => bytesOf(field)),
    ...outputs,
  ]);
  return joined(parts.model.map((field) => (field === graph ? message(7, content) : bytesOf(field))));
}

/** A NodeProto: what it makes, and what it reads, in its bodies too. */
interface Node {
  readonly field: Field;
  readonly operator: string;
  readonly outputs: readonly string[];
  readonly reads: ReadonlySet<string>;
}

interface Named {
  readonly name: string;
  readonly field: Field;
}

/** A model as fields that are copied or left out. */
interface Parts {
  readonly model: readonly Field[];
  readonly graph: Field;
  readonly nodes: readonly Node[];
  /** Inputs, initializers, and what is known of types: kept where their values are needed. */
  readonly named: readonly Named[];
  /** The types of outputs and of values between nodes. */
  readonly values: readonly Named[];
  readonly rest: readonly Field[];
}

/** Of ModelProto: the graph, and how it was trained, which an encoder has no use for. */
const GRAPH = 7;
const TRAINING = 20;
/** Of GraphProto. */
const NODE = 1;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;
const VALUE_INFO = 13;
const SPARSE = 15;
/** The field of a name, by the field of what has it. A sparse tensor's stands in its values. */
const NAME: Readonly<Record<number, number>> = { [INITIALIZER]: 8, [INPUT]: 1, [OUTPUT]: 1, [VALUE_INFO]: 1 };

function partsOf(bytes: Uint8Array, given: InspectLimits): Parts {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const wire = wireOf({ size: bytes.length, read: (at, length) => bytes.subarray(at, at + length) }, limits);
  const model: Field[] = [];
  let graph: Field | undefined;
  wire.fields(0, bytes.length, (field) => {
    if (field.number === TRAINING) return;
    if (field.number === GRAPH) {
      if (graph) refuse("the model holds two graphs; expected one. Is the file damaged?");
      graph = field;
    }
    model.push(field);
  });
  if (!graph) throw new DataError("onnx: the bytes parse, but hold no graph. Is this an .onnx file?");
  const nodes: Node[] = [];
  const named: Named[] = [];
  const values: Named[] = [];
  const rest: Field[] = [];
  wire.fields(graph.start, graph.end, (field) => {
    if (field.number === NODE) {
      if (nodes.length >= limits.nodes) {
        exceeded("nodes", `the model has more than ${limits.nodes} nodes`, limits.nodes);
      }
      nodes.push(nodeOf(wire, field, limits));
    } else if (field.number === SPARSE) named.push({ name: sparseName(wire, field), field });
    else if (NAME[field.number] === undefined) rest.push(field);
    else {
      const one = { name: nameIn(wire, field, NAME[field.number] as number), field };
      if (field.number === OUTPUT || field.number === VALUE_INFO) values.push(one);
      if (field.number !== OUTPUT) named.push(one);
    }
  });
  return { model, graph, nodes, named, values, rest };
}

function nodeOf(wire: Wire, field: Field, limits: Required<InspectLimits>): Node {
  const outputs: string[] = [];
  const reads = new Set<string>();
  let operator = "";
  wire.fields(field.start, field.end, (part) => {
    if (part.number === 1) reads.add(wire.name(part, "kept"));
    else if (part.number === 2) outputs.push(wire.name(part, "kept"));
    else if (part.number === 4) operator = wire.name(part);
    else if (part.number === 5) bodyReads(wire, part, reads, limits, 1);
  });
  return { field, operator, outputs: outputs.filter((name) => name !== ""), reads };
}

/** Adds all that the bodies in an attribute read: what is made inside of them too, which does no harm. */
function bodyReads(
  wire: Wire,
  attribute: Field,
  reads: Set<string>,
  limits: Required<InspectLimits>,
  depth: number,
): void {
  if (depth > limits.depth) exceeded("depth", `graphs nest deeper than ${limits.depth} levels`, limits.depth);
  wire.fields(attribute.start, attribute.end, (body) => {
    if (body.number !== 6 && body.number !== 11) return;
    wire.fields(body.start, body.end, (field) => {
      if (field.number === OUTPUT) reads.add(nameIn(wire, field, 1));
      if (field.number !== NODE) return;
      wire.fields(field.start, field.end, (part) => {
        if (part.number === 1) reads.add(wire.name(part, "kept"));
        else if (part.number === 5) bodyReads(wire, part, reads, limits, depth + 1);
      });
    });
  });
}

function nameIn(wire: Wire, { start, end }: Field, number: number): string {
  let name = "";
  wire.fields(start, end, (field) => {
    if (field.number === number) name = wire.name(field, "kept");
  });
  return name;
}

function sparseName(wire: Wire, { start, end }: Field): string {
  let name = "";
  wire.fields(start, end, (field) => {
    if (field.number === 1) name = nameIn(wire, field, 8);
  });
  return name;
}

const outputsOf = ({ nodes }: Parts): readonly NodeOutput[] =>
  nodes.flatMap(({ operator, outputs }) => outputs.map((name) => ({ name, operator })));

/** How many names are compared, how many letters of each, and how many are listed. */
const COMPARED = 20_000;
const LONGEST = 200;
const LISTED = 12;

/** How many letters two names do not share at their beginnings and ends. */
function unlike(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let before = 0;
  while (before < most && a[before] === b[before]) before++;
  let after = 0;
  while (after < most - before && a.at(-1 - after) === b.at(-1 - after)) after++;
  return Math.max(a.length, b.length) - before - after;
}

function noValue(name: string, all: readonly NodeOutput[]): OptionError {
  const wanted = name.slice(0, LONGEST).toLowerCase();
  const near = all
    .slice(0, COMPARED)
    .map((one) => {
      const own = one.name.slice(0, LONGEST).toLowerCase();
      return { ...one, far: unlike(own, wanted) - (wanted !== "" && own.includes(wanted) ? LONGEST : 0) };
    })
    .sort((a, b) => a.far - b.far)
    .slice(0, LISTED);
  const list = near.map((one) => `${printable(one.name)} (${printable(one.operator, 40)})`).join(", ");
  const more = all.length > near.length ? `, and ${(all.length - near.length).toLocaleString("en")} more` : "";
  return new OptionError(
    all.length === 0
      ? `onnx: there is no value ${printable(name)} in the model, which has no nodes.`
      : `onnx: there is no value ${printable(name)} in the model. There are: ${list}${more}.`,
    { name, names: near.map((one) => one.name) },
  );
}

/** A field of a number and bytes, as protobuf writes it. */
const message = (number: number, content: Uint8Array): Uint8Array =>
  joined([varint(8 * number + 2), varint(content.length), content]);

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  pieces.reduce((at, piece) => {
    all.set(piece, at);
    return at + piece.length;
  }, 0);
  return all;
}
