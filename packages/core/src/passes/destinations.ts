import { concatOp } from "../ops/concat.js";
import { type ScanParams, scanOp } from "../scan.js";
import type { Node, Tensor } from "../tensor.js";
import { isOp, type Users, usersOf } from "./analysis.js";

/** Where a value ends up: in a joint of parts, at a place in it, or under a function. */
interface Destination {
  readonly of: object;
  readonly place: number;
}

/**
 * Tensors in an order in which those that meet the same fate stand together, so that what follows can treat them as
 * one: gates under one function, parts of one joint in their order. Else as they came.
 */
export function byDestination<T>(users: Users, items: readonly T[], tensorOf: (item: T) => Tensor): readonly T[] {
  const groups = new Map<object, { item: T; place: number }[]>();
  for (const item of items) {
    const { of, place } = destination(tensorOf(item), users);
    const group = groups.get(of);
    if (group) group.push({ item, place });
    else groups.set(of, [{ item, place }]);
  }
  return [...groups.values()].flatMap((group) => group.sort((a, b) => a.place - b.place).map(({ item }) => item));
}

/** Follows a value through its only user each time, into bodies of scans too. */
function destination(start: Tensor, outer: Users): Destination {
  let tensor = start;
  let users = outer;
  for (;;) {
    const [user, ...others] = users.get(tensor) ?? [];
    if (!user || others.length > 0) return { of: start, place: 0 };
    const operand = user.inputs.indexOf(tensor);
    if (isOp(user, concatOp)) return { of: user, place: operand };
    if (user.op.batch === "elementwise" && user.inputs.length === 1) return { of: user.op, place: 0 };
    if (isOp(user, scanOp)) {
      const { body } = (user as Node & { params: ScanParams }).params;
      users = usersOf(body);
      tensor = body.inputs[operand] as Tensor;
    } else if (user.outputs.length === 1) tensor = user.outputs[0] as Tensor;
    else return { of: start, place: 0 };
  }
}
