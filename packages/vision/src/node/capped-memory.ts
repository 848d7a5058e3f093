/** The section of a WebAssembly module that declares its memory (WebAssembly Core 2.0, 5.5.8). */
const MEMORY = 5;

/**
 * A WebAssembly module whose own memory has at most `pages` of 64 KiB: what asks for more fails inside, and leaves the process in
 * peace. Throws Error where the module has no memory of its own, several, or a maximum already.
 */
export function cappedMemory(module: Uint8Array, pages: number): Uint8Array {
  for (let at = 8; at < module.length; ) {
    const size = unsigned(module, at + 1);
    const end = size.end + size.value;
    if (module[at] === MEMORY) {
      const [count, flags] = [module[size.end], module[size.end + 1]];
      if (count !== 1 || flags !== 0) break;
      const content = [1, 1, ...module.slice(size.end + 2, end), ...encoded(pages)];
      const section = [MEMORY, ...encoded(content.length), ...content];
      const capped = new Uint8Array(module.length + section.length - (end - at));
      capped.set(module.subarray(0, at));
      capped.set(section, at);
      capped.set(module.subarray(end), at + section.length);
      return capped;
    }
    at = end;
  }
  throw new Error("cappedMemory: expected a module with one memory of its own that has no maximum.");
}

/** A number in LEB128, and where it ends. */
function unsigned(bytes: Uint8Array, from: number): { value: number; end: number } {
  let value = 0;
  for (let at = from, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 127) * factor;
    if (!(byte & 128)) return { value, end: at + 1 };
  }
}

function encoded(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...encoded(value >>> 7)];
}
