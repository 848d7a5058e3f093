// node --import ./broken-onnxruntime.mjs …: a Node whose onnxruntime-node loads, and then makes no session.

import { register } from "node:module";

const broken = `
  const create = async () => { throw new Error("the library is broken"); };
  export const InferenceSession = { create };
  export class Tensor {}
  export const env = { versions: {} };
  export const listSupportedBackends = () => [{ name: "cpu", bundled: true }];
`;
const url = `data:text/javascript,${encodeURIComponent(broken)}`;
const hooks = `export const resolve = (name, context, next) =>
  name === "onnxruntime-node" ? { url: ${JSON.stringify(url)}, shortCircuit: true } : next(name, context);`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
