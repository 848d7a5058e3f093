/**
 * What a worker runs that draws SVGs: text, so that it needs no file of its own beside a bundle. resvg as WebAssembly has neither files nor
 * network, and a worker can be ended in the middle of its work.
 */
export const SVG_WORKER = `
const { parentPort, workerData } = require("node:worker_threads");
const { initWasm, Resvg } = require(workerData.library);
const ready = initWasm(workerData.binary);

async function draw({ text, size: [height, width], fit, most }) {
  await ready;
  const options = { font: { loadSystemFonts: false } };
  const whole = withResvg(text, options, ({ width, height }) => ({ width, height }));
  const [across, down] = [width / whole.width, height / whole.height];
  const scale = fit === "contain" ? Math.min(across, down) : Math.max(across, down);
  const [w, h] = [Math.ceil(whole.width * scale), Math.ceil(whole.height * scale)];
  if (!(w * h <= most)) throw new Error("it is so long and narrow that it would be " + w + " × " + h + " pixels");
  const fitTo = scale === across ? { mode: "width", value: width } : { mode: "height", value: height };
  return withResvg(text, { ...options, fitTo }, (resvg) => {
    const drawn = resvg.render();
    const { pixels: data, width, height } = drawn;
    drawn.free();
    return { data, width, height };
  });
}

// What is not freed stays until JavaScript's memory is collected, which knows nothing of how much it is.
function withResvg(text, options, use) {
  const resvg = new Resvg(text, options);
  const result = use(resvg);
  resvg.free();
  return result;
}

parentPort.on("message", (request) => {
  draw(request).then(
    (pixels) => parentPort.postMessage({ pixels }, [pixels.data.buffer]),
    (error) => parentPort.postMessage({ error: String(error?.message ?? error) }),
  );
});
`;
