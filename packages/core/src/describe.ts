import { isDeviceArray } from "./device.js";
import { isSymbolic, shapeText } from "./dim.js";
import { printable, quote } from "./quote.js";
import { isTensor, typeText } from "./tensor.js";

const SHOWN = 6;

/** What a value is, in words, for a message: `undefined`, `the string "abc"`, `a Promise`, `a Float32Array of 3`. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "undefined":
    case "boolean":
      return String(value);
    case "number":
      return `the number ${value}`;
    case "bigint":
      return `the BigInt ${value}n`;
    case "string":
      return `the string ${quote(value)}`;
    case "symbol":
      return "a symbol";
    case "function":
      return value.name ? `the function ${quote(value.name)}` : "a function";
    default:
      return value === null ? "null" : describeObject(value as object);
  }
}

function describeObject(value: object): string {
  if (isTensor(value)) return `a tensor ${typeText(value)}`;
  if (isDeviceArray(value)) return `a DeviceArray ${typeText(value)}`;
  if (isSymbolic(value)) return `the size ${value.key}`;
  if (isPromise(value)) return "a Promise (write await before it)";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const name = nameOf(value);
  if (ArrayBuffer.isView(value)) return `${name} of ${(value as Float32Array).length} (wrap it with ndarray())`;
  if (!isPlain(value)) return name;
  const { data, dtype, shape } = value as { data?: unknown; dtype?: unknown; shape?: unknown };
  if (typeof dtype === "string" && Array.isArray(shape)) {
    return `${ArrayBuffer.isView(data) ? "host data" : "an object"} of type ${printable(dtype)}${shapeText(shape)}`;
  }
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  return `an object with ${keys
    .slice(0, SHOWN)
    .map((key) => quote(key, 20))
    .join(", ")}${keys.length > SHOWN ? ", …" : ""}`;
}

function nameOf(value: object): string {
  const made = (value as { constructor?: unknown }).constructor;
  const name = typeof made === "function" ? printable(made.name, 40) : "";
  if (name === "") return "an object of an unnamed class";
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}

export const isPromise = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

/** Whether an object is data alone: written as {…}, in this realm or another, or without a prototype. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
