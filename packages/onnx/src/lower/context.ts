import type { Dim, NdArray, Node, Program, Shape, Tensor, Type } from "@throughtime/core";
import type { Attribute, Graph } from "../graph.js";

/** What a lowering may use: the names of values that exist, and ways to add nodes to the graph it stands in. */
export interface LoweringContext {
  /** The name of a tensor's value. It exists already, or is made now. */
  value(tensor: Tensor): string;
  /** Adds a node of one output and returns that output's name. */
  node(opType: string, inputs: readonly string[], attributes?: NodeAttributes): string;
  /** Adds a node of several outputs. */
  nodes(opType: string, inputs: readonly string[], outputs: number, attributes?: NodeAttributes): readonly string[];
  /**
   * A fixed tensor, kept once in the outermost graph whoever asks for it. It has the name of the parameter that it is, or
   * was made `from`.
   */
  constant(array: NdArray, from?: NdArray): string;
  /** A fixed scalar. */
  scalar(value: number, dtype: NdArray["dtype"]): string;
  /** A fixed i64 vector. */
  integers(values: readonly number[]): string;
  /** A dim as an i64 vector of one element. Named sizes are read off the model's inputs, once, in the outermost graph. */
  size(d: Dim): string;
  /** A shape as an i64 vector. */
  shape(shape: Shape): string;
  /** The numbers of a tensor that is fixed when the model is written; undefined for any other. */
  fixed(tensor: Tensor): NdArray | undefined;
  /** Whether a fixed tensor has a name of its own, as a parameter has. */
  isParameter(array: NdArray): boolean;
  /** What `build` adds, as a graph of its own that reads values of this one by name; the tensors say its outputs' types. */
  branch(name: string, outputs: readonly Type[], build: (context: LoweringContext) => readonly string[]): Graph;
  /** Whether loops and recurrent operators are to be guarded against sizes of 0, at which runtimes fail. */
  readonly guards: boolean;
  /** Whether products here may sum over an axis of size 0, at which ONNX Runtime fails. Never without `guards`. */
  readonly emptySums: boolean;
  /** A Program as the body of a node, over names for its first inputs (read from around it); the rest become the body's inputs. */
  body(program: Program, captures: readonly string[], options: BodyOptions): Graph;
}

export interface BodyOptions {
  readonly name: string;
  /** Hints for the names of the body's own inputs. */
  readonly inputNames: readonly string[];
  /** Further inputs, which nothing reads. */
  readonly unread?: readonly Type[];
  /** Whether products in it may sum over an axis of size 0. Default: as around it. */
  readonly emptySums?: boolean;
}

export interface NodeAttributes {
  readonly [name: string]: Attribute;
}

/** Turns one equation into nodes and says the names of its outputs. Repeating an input's name costs nothing. */
export type Lowering = (node: Node, context: LoweringContext) => string | readonly string[];

/** Lowerings by op name: primitives, and composites that get an operator of their own instead of what they lower to. */
export type LoweringTable = Readonly<Record<string, Lowering>>;
