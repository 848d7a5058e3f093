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
  const whole = new Resvg(text, options);
  const [across, down] = [width / whole.width, height / whole.height];
  const scale = fit === "contain" ? Math.min(across, down) : Math.max(across, down);
  const [w, h] = [Math.ceil(whole.width * scale), Math.ceil(whole.height * scale)];
  if (!(w * h <= most)) throw new Error("it is so long and narrow that it would be " + w + " × " + h + " pixels");
  const fitTo = scale === across ? { mode: "width", value: width } : { mode: "height", value: height };
  const drawn = new Resvg(text, { ...options, fitTo }).render();
  return { data: drawn.pixels, width: drawn.width, height: drawn.height };
}

parentPort.on("message", (request) => {
  draw(request).then(
    (pixels) => parentPort.postMessage({ pixels }),
    (error) => parentPort.postMessage({ error: String(error?.message ?? error) }),
  );
});
`;
