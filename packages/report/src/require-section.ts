// What data from a file must be to be drawn.

import { DataError } from "@throughtime/core";
import { type AttentionPicture, MOST_IMAGE } from "./attention/picture.js";

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
    case "attention":
      return areAll(value.pictures, isAttentionPicture);
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

/** A picture of pixels alone: nothing else that a data URI may hold, such as an SVG. */
const isImage = (value: unknown): boolean =>
  isText(value) && value.length <= MOST_IMAGE && /^data:image\/(png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/.test(value);

const isSide = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most;

const isPanel = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.word) &&
  isSide(value.height, MOST_CELLS) &&
  isSide(value.width, MOST_CELLS) &&
  areAll(value.weights, (weight) => Number.isFinite(weight) && (weight as number) >= 0) &&
  (value.weights as unknown[]).length === value.height * value.width;

/** The most panels of a picture, cells along a side of a grid, and pixels along a side of a picture. */
const [MOST_PANELS, MOST_CELLS, MOST_PIXELS] = [500, 256, 16_384];

const isAttentionPicture = (value: unknown): boolean =>
  isObject(value) &&
  isImage(value.image) &&
  isSide(value.width, MOST_PIXELS) &&
  isSide(value.height, MOST_PIXELS) &&
  areAll(value.panels, isPanel) &&
  (value.panels as unknown[]).length <= MOST_PANELS &&
  isOptionalText(value.caption) &&
  isOptionalText(value.name) &&
  (value.references === undefined || areAll(value.references, isText));

/** Throws DataError for what could not be drawn. */
export function requireAttentionPicture(operation: string, value: AttentionPicture): void {
  if (isAttentionPicture(value)) return;
  throw new DataError(
    `${operation}: the picture is none that can be drawn; expected { image, width, height, panels, … } with a PNG or JPEG as data URI and height · width weights from 0 in each panel, as attentionPicture makes it.`,
  );
}
