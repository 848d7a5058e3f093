// What data from a file must be to be drawn.

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string";

const isOptionalText = (value: unknown): boolean => value === undefined || isText(value);

const areAll = (value: unknown, is: (one: unknown) => boolean): boolean => Array.isArray(value) && value.every(is);

export const arePredictions = (value: unknown): boolean =>
  areAll(value, (one) => isObject(one) && isText(one.input) && isText(one.output) && isOptionalText(one.expected));

/** Whether a JSON value is a section of a kind that this version draws. */
export function isSection(value: unknown): boolean {
  if (!isObject(value) || !isText(value.title) || !isOptionalText(value.text)) return false;
  switch (value.kind) {
    case "text":
      return isText(value.text) && isOptionalText(value.code);
    case "table":
      return areAll(value.columns, isText) && areAll(value.rows, (row) => areAll(row, isCell));
    case "examples":
      return arePredictions(value.examples);
    case "chart":
      return areAll(value.charts, isChart);
    case "svg":
      return areAll(value.pictures, (one) => isObject(one) && isText(one.svg) && isOptionalText(one.caption));
    default:
      return false;
  }
}

const isCell = (value: unknown): boolean => isText(value) || isNumberOrNull(value);

const isAxis = (value: unknown): boolean => isObject(value) && isText(value.label);

/** JSON has null for a number that is not finite. */
export const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === "number";

const isChart = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.title) &&
  isAxis(value.x) &&
  isAxis(value.y) &&
  areAll(value.series, isSeries) &&
  (value.marks === undefined ||
    areAll(value.marks, (mark) => isObject(mark) && Number.isFinite(mark.x) && isText(mark.label)));

const isSeries = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.label) &&
  (value.color === undefined || (Number.isSafeInteger(value.color) && (value.color as number) >= 0)) &&
  (value.look === undefined || ["line", "faint", "dots"].includes(value.look as string)) &&
  areAll(value.points, (point) => areAll(point, isNumberOrNull) && (point as unknown[]).length === 2);
