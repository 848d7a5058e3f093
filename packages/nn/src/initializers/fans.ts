import { ShapeError, shapeText } from "@throughtime/core";

/** How many inputs and outputs a weight [fanIn, fanOut] joins. Throws ShapeError where it is not a matrix. */
export function fansOf(initializer: string, shape: readonly number[]): readonly [fanIn: number, fanOut: number] {
  const [fanIn, fanOut] = shape;
  if (fanIn === undefined || fanOut === undefined || shape.length !== 2) {
    throw new ShapeError(
      `${initializer}: expected a matrix [inputs, outputs], received shape ${shapeText(shape)}. Use another initializer for it, such as zerosInitializer.`,
      { initializer, shape },
    );
  }
  return [fanIn, fanOut];
}
