import { printable, quote } from "@throughtime/core";
import { exceeded, type Field, type InspectLimits, refuse, type Wire } from "./wire.js";

/** A tensor with fixed values, as a model describes it. */
export interface WeightInfo {
  readonly name: string;
  /** "f32", "i64", "bf16", "f8_e4m3fn", "i4"; "string". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** What its elements take, wherever they stand; of strings, what stands in the file. */
  readonly bytes: number;
  /** An initializer of a graph, or the value of a Constant node; "sparse": an initializer that holds what is not 0. */
  readonly kind: "initializer" | "constant" | "sparse";
  /** The file beside the model that holds its elements; absent where the model itself does. */
  readonly external?: string;
}

/** TensorProto.DataType by number: its name here, and its width in bits. ONNX 1.23. */
const TYPES: readonly (readonly [string, number])[] = [
  ...([
    ["undefined", 0],
    ["f32", 32],
    ["u8", 8],
    ["i8", 8],
    ["u16", 16],
    ["i16", 16],
    ["i32", 32],
  ] as const),
  ...([
    ["i64", 64],
    ["string", 0],
    ["bool", 8],
    ["f16", 16],
    ["f64", 64],
    ["u32", 32],
    ["u64", 64],
  ] as const),
  ...([
    ["complex64", 64],
    ["complex128", 128],
    ["bf16", 16],
  ] as const),
  ...([
    ["f8_e4m3fn", 8],
    ["f8_e4m3fnuz", 8],
    ["f8_e5m2", 8],
    ["f8_e5m2fnuz", 8],
  ] as const),
  ...([
    ["u4", 4],
    ["i4", 4],
    ["f4_e2m1", 4],
    ["f8_e8m0", 8],
    ["u2", 2],
    ["i2", 2],
  ] as const),
  ...([
    ["f6_e2m3", 6],
    ["f6_e3m2", 6],
  ] as const),
];

/** A data type's name; of one that is newer than this table, its number. */
export const dtypeName = (number: number): string => TYPES[number]?.[0] ?? `type ${number}`;

const EXTERNAL = 1;

/** A TensorProto, its elements stepped over. `given` is its name where it has none of its own. */
export function tensorInfo(
  wire: Wire,
  { start, end }: Field,
  kind: WeightInfo["kind"],
  limits: Required<InspectLimits>,
): WeightInfo {
  const shape: number[] = [];
  let [name, type, stored, location] = ["", 0, 0, ""];
  let isExternal = false;
  wire.fields(start, end, (field) => {
    if (field.number === 1) dimensions(wire, field, shape, limits);
    else if (field.number === 2) type = field.value;
    else if (field.number === 6 || field.number === 9) stored += field.end - field.start;
    else if (field.number === 8) name = wire.name(field, "kept");
    else if (field.number === 13) location = entry(wire, field).location ?? location;
    else if (field.number === 14) isExternal = field.value === EXTERNAL;
  });
  const [dtype, bits] = TYPES[type] ?? [dtypeName(type), 0];
  const negative = shape.find((size) => size < 0);
  if (negative !== undefined)
    refuse(`${kind} ${quote(name)} has a dimension of ${negative}; sizes are 0 or more.`, { name });
  const bytes = bits === 0 ? stored : Math.ceil((shape.reduce((product, size) => product * size, 1) * bits) / 8);
  if (!Number.isSafeInteger(bytes))
    refuse(`${kind} ${quote(name)} has the shape ${quote(shape)}, which is too large to count.`, { name });
  if (!isExternal && stored > 0 && bits > 0 && stored !== bytes)
    refuse(`${kind} ${quote(name)} is ${dtype}${quote(shape)}, which takes ${bytes} bytes, but holds ${stored}.`, {
      name,
    });
  return { name, dtype, shape, bytes, kind, ...(isExternal ? { external: printable(location, 1000) } : {}) };
}

/** A SparseTensorProto: the shape is that of the whole, the bytes are those of what is not 0. */
export function sparseInfo(wire: Wire, { start, end }: Field, limits: Required<InspectLimits>): WeightInfo {
  const shape: number[] = [];
  let values: WeightInfo | undefined;
  wire.fields(start, end, (field) => {
    if (field.number === 1) values = tensorInfo(wire, field, "sparse", limits);
    else if (field.number === 3) dimensions(wire, field, shape, limits);
  });
  return { ...(values ?? { name: "", dtype: "undefined", bytes: 0, kind: "sparse" }), shape };
}

function dimensions(wire: Wire, field: Field, into: number[], { rank }: Required<InspectLimits>): void {
  for (const dim of wire.integers(field, rank)) into.push(dim);
  if (into.length > rank) exceeded("rank", `a tensor has more than ${rank} dimensions`, rank);
}

/** A StringStringEntryProto of external_data, as an object of one key. */
function entry(wire: Wire, { start, end }: Field): Readonly<Record<string, string>> {
  let [key, value] = ["", ""];
  wire.fields(start, end, (field) => {
    if (field.number === 1) key = wire.name(field);
    else if (field.number === 2) value = wire.name(field, "kept");
  });
  return { [key]: value };
}
