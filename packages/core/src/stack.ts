const V8 = Error as { captureStackTrace?: (target: object, above?: unknown) => void };

/** How many frames are kept at least, so that the user's line is among them however deep the library is. */
const DEEP = 60;

/** Where a frame's code is: a URL or a path, without the line. undefined for what is built in. */
const placeOf = (frame: string): string | undefined =>
  /((?:[a-z][\w+.-]*:\/\/|[a-z]:[\\/]|\/).*?)(?::\d+){1,2}\)?$/i.exec(frame)?.[1];

/** The frames of where it is called, with no header; lazily, since writing them down is what costs. */
function capture(error: Error): () => unknown {
  if (!V8.captureStackTrace) {
    const { stack } = error;
    return () => stack;
  }
  const limit = Error.stackTraceLimit;
  const holder: { stack?: unknown } = {};
  Reflect.set(Error, "stackTraceLimit", Math.max(limit, DEEP));
  V8.captureStackTrace(holder, error.constructor);
  Reflect.set(Error, "stackTraceLimit", limit);
  return () => (typeof holder.stack === "string" ? holder.stack.slice(holder.stack.indexOf("\n") + 1) : holder.stack);
}

/** Where this file is: the library's, or the bundle that it is in; "" where stacks do not say. */
export function ownPlace(): string {
  const lines = String(new Error().stack).split("\n");
  return lines.map(placeOf).find((place) => place !== undefined) ?? "";
}

/** Whether a place is in one of the library's packages, as they are installed, linked, or served by a bundler. */
function ownPlaces(): (place: string) => boolean {
  const here = ownPlace();
  const packages = /^(.*[\\/])core[\\/](?:src|dist)[\\/]stack\.[jt]s$/.exec(here)?.[1];
  const inPackage = /^[\w-]+[\\/](?:src|dist)[\\/]/;
  return (place) =>
    /[\\/]@throughtime(?:_|[\\/][\w-]+[\\/](?:src|dist)[\\/])/.test(place) ||
    (packages !== undefined && place.startsWith(packages) && inPackage.test(place.slice(packages.length))) ||
    (place === here && here.includes("node_modules"));
}

/** The frames from the user's innermost one on, then those of the library above it. */
function userFirst(frames: readonly string[]): readonly string[] {
  const own = ownPlaces();
  const first = frames.findIndex((frame) => {
    const place = placeOf(frame);
    return place !== undefined && !place.startsWith("node:") && !own(place);
  });
  const limit = Error.stackTraceLimit ?? DEEP;
  return first < 0 ? frames.slice(0, limit) : [...frames.slice(first, first + limit), ...frames.slice(0, first)];
}

/**
 * Puts the line that is at fault on top of an error's stack: the innermost that is not the library's. The library's own
 * frames follow at the end. Where user and library are in one bundled file, the frames stay in their order.
 */
export function pointAtUser(error: Error): void {
  const frames = capture(error);
  let stack: unknown;
  const write = () => {
    const text = frames();
    if (typeof text !== "string") return text;
    return [`${error.name}: ${error.message}`, ...userFirst(text.split("\n"))].join("\n");
  };
  Object.defineProperty(error, "stack", {
    configurable: true,
    get: () => (stack ??= write()),
    set: (value: unknown) => {
      stack = value;
    },
  });
}
