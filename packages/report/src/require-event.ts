import { DataError, quote } from "@throughtime/core";
import type { HistoryEvent } from "./events.js";
import { arePredictions, isNumberOrNull, isObject, isSection, isText } from "./require-section.js";

type Kind = "whole" | "number" | "text" | "object" | "numbers" | "validation" | "examples" | "layers" | "sections";
type Fields = Readonly<Record<string, Kind>>;

/** What fields must be where they are there; the first of each must be there. */
const EVENTS: Readonly<Record<HistoryEvent["event"], { readonly needs: readonly string[]; readonly fields: Fields }>> =
  {
    start: {
      needs: ["from"],
      fields: { from: "whole", steps: "whole", device: "text", parameters: "number", unit: "text", layers: "layers" },
    },
    step: {
      needs: ["step", "loss"],
      fields: {
        ...{ step: "whole", loss: "number", epoch: "whole", learningRate: "number", gradientNorm: "number" },
        ...{ tokensPerSecond: "number", seconds: "number", metrics: "numbers", validation: "validation" },
        ...{ sample: "text", examples: "examples", scores: "object", sections: "sections" },
      },
    },
    end: { needs: ["reason", "step"], fields: { reason: "text", step: "whole" } },
  };

/** The event that a JSON value is; undefined for a kind of event that this version does not know. Throws DataError for anything else. */
export function requireEvent(
  value: unknown,
  place: string,
  details: Readonly<Record<string, unknown>> = {},
): HistoryEvent | undefined {
  if (!isObject(value) || typeof value.event !== "string") {
    const given = isObject(value) ? `an object whose "event" is ${quote(value.event)}` : quote(value);
    throw new DataError(`${place}: it is ${given}; expected an event, such as {"event":"step", …}.`, details);
  }
  if (!Object.hasOwn(EVENTS, value.event)) return undefined;
  const { needs, fields } = EVENTS[value.event as HistoryEvent["event"]];
  for (const [name, kind] of Object.entries(fields)) {
    const field = value[name];
    if (field === undefined ? !needs.includes(name) : IS[kind](field)) continue;
    throw new DataError(`${place}: ${value.event}.${name} is ${quote(field)}; expected ${EXPECTED[kind]}.`, {
      ...details,
      field: name,
    });
  }
  return value as unknown as HistoryEvent;
}

const isNumbers = (value: unknown): boolean => isObject(value) && Object.values(value).every(isNumberOrNull);

const isWhole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  whole: isWhole,
  number: Number.isFinite,
  text: isText,
  object: isObject,
  numbers: isNumbers,
  validation: (value) =>
    isObject(value) &&
    Number.isFinite(value.loss) &&
    (value.metrics === undefined || isNumbers(value.metrics)) &&
    (value.seconds === undefined || Number.isFinite(value.seconds)),
  examples: arePredictions,
  sections: (value) => Array.isArray(value) && value.every(isSection),
  layers: (value) =>
    Array.isArray(value) &&
    value.every(
      (one) =>
        isObject(one) &&
        isText(one.path) &&
        isText(one.dtype) &&
        isWhole(one.count) &&
        Array.isArray(one.shape) &&
        one.shape.every(isWhole),
    ),
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  whole: "a whole number from 0",
  number: "a finite number",
  text: "a text",
  object: "an object",
  numbers: "an object of numbers",
  validation: "{ loss, best, metrics, seconds }",
  examples: "a list of { input, output, expected }",
  layers: "a list of { path, shape, dtype, count }",
  sections: "a list of { kind, title, … }, as README says",
};
