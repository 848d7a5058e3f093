import { dtypeName } from "./weights.js";
import { exceeded, type Field, type InspectLimits, refuse, type Wire } from "./wire.js";

/** An input or output of a model. */
export interface ValueInfo {
  readonly name: string;
  /** "f32"; what is no tensor says what it is: "sequence(f32[T, 3])", "map(i64, f32)", "optional(f32[])". */
  readonly dtype: string;
  /** A text is a dynamic axis, "?" one without a name. null: no tensor, or one of any rank. */
  readonly shape: readonly (number | string)[] | null;
}

/** A ValueInfoProto. */
export function valueInfo(wire: Wire, { start, end }: Field, limits: Required<InspectLimits>): ValueInfo {
  let name = "";
  let type: Pick<ValueInfo, "dtype" | "shape"> = { dtype: "undefined", shape: null };
  wire.fields(start, end, (field) => {
    if (field.number === 1) name = wire.name(field, "kept");
    else if (field.number === 2) type = typeInfo(wire, field, limits, 1);
  });
  return { name, ...type };
}

type Type = Pick<ValueInfo, "dtype" | "shape">;

/** A TypeProto. */
function typeInfo(wire: Wire, { start, end }: Field, limits: Required<InspectLimits>, depth: number): Type {
  if (depth > limits.depth) exceeded("depth", `a type nests deeper than ${limits.depth} levels`, limits.depth);
  let type: Type = { dtype: "undefined", shape: null };
  const inner = (field: Field): string => valueText(typeInfo(wire, field, limits, depth + 1));
  wire.fields(start, end, (field) => {
    if (field.number === 1) type = tensorType(wire, field, limits);
    else if (field.number === 8) {
      const sparse = tensorType(wire, field, limits);
      type = { ...sparse, dtype: `sparse ${sparse.dtype}` };
    } else if (field.number === 4) type = { dtype: `sequence(${member(wire, field, 1, inner)})`, shape: null };
    else if (field.number === 9) type = { dtype: `optional(${member(wire, field, 1, inner)})`, shape: null };
    else if (field.number === 5) {
      let key = 0;
      wire.fields(field.start, field.end, ({ number, value }) => {
        if (number === 1) key = value;
      });
      type = { dtype: `map(${dtypeName(key)}, ${member(wire, field, 2, inner)})`, shape: null };
    } else if (field.number === 7) type = { dtype: "opaque", shape: null };
  });
  return type;
}

/** The text of a message's field that is a type. */
function member(wire: Wire, { start, end }: Field, number: number, text: (field: Field) => string): string {
  let found = "undefined";
  wire.fields(start, end, (field) => {
    if (field.number === number) found = text(field);
  });
  return found;
}

/** "f32[T, 3]"; of any rank: "f32". */
export const valueText = ({ dtype, shape }: Type): string => (shape ? `${dtype}[${shape.join(", ")}]` : dtype);

/** A TypeProto.Tensor. */
function tensorType(wire: Wire, { start, end }: Field, { rank }: Required<InspectLimits>): Type {
  let dtype = "undefined";
  let shape: (number | string)[] | null = null;
  wire.fields(start, end, (field) => {
    if (field.number === 1) dtype = dtypeName(field.value);
    else if (field.number === 2) {
      const dims: (number | string)[] = [];
      wire.fields(field.start, field.end, (dim) => {
        if (dim.number === 1) dims.push(dimension(wire, dim));
        if (dims.length > rank) exceeded("rank", `a type has more than ${rank} dimensions`, rank);
      });
      shape = dims;
    }
  });
  return { dtype, shape };
}

/** A number, a name, or "?": some writers say −1 for a size that they do not know. */
function dimension(wire: Wire, { start, end, type }: Field): number | string {
  let size: number | string = "?";
  if (type !== 2) refuse(`a dimension at byte ${start} is no message. Is the file damaged?`);
  wire.fields(start, end, (field) => {
    if (field.number === 1 && field.value >= 0) size = field.value;
    else if (field.number === 2) size = wire.name(field, "kept") || "?";
  });
  return size;
}
