/**
 * What a worker runs, in Node and in a page. It is text, and imports nothing, so that no bundler and no server has to find
 * a file for it. Each message is one of `does`, and what that returns is posted back; a failure ends the worker's use.
 */
export const WORKER_CODE = `"use strict";
const port = typeof require === "function" ? require("node:worker_threads").parentPort : self;
const loaded = new Map();
const env = {};
let memory, thread;
const bytes = (address, length) => new Uint8Array(memory.buffer, address, length);
const does = {
  start(message) {
    memory = message.memory || new WebAssembly.Memory(message.size);
    thread = message.thread;
    env.memory = memory;
    for (const name of message.host) env[name] = Math[name];
    return { value: 0 };
  },
  load({ id, module }) {
    loaded.set(id, new WebAssembly.Instance(module, { env }).exports.run);
  },
  run({ id, arena }) {
    const value = loaded.get(id)(arena, thread);
    return thread === 0 ? { value } : undefined;
  },
  drop({ id }) {
    loaded.delete(id);
  },
  grow({ pages }) {
    memory.grow(pages);
  },
  write({ address, data }) {
    bytes(address, data.length).set(data);
  },
  copy({ to, from, length }) {
    bytes(0, memory.buffer.byteLength).copyWithin(to, from, from + length);
  },
  read({ address, length }) {
    return { value: bytes(address, length).slice() };
  },
};
const receive = (message) => {
  try {
    const reply = does[message.does](message);
    if (reply) port.postMessage(reply, reply.value.buffer ? [reply.value.buffer] : []);
  } catch (error) {
    port.postMessage({ failed: String(error) });
  }
};
if (port.on) port.on("message", receive);
else port.onmessage = (event) => receive(event.data);
`;
