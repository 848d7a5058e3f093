/** A memory that modules import. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  /** By so many pages of 64 KiB. Throws RangeError where that is too much. */
  grow(pages: number): number;
}

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** What is used of the engine's WebAssembly; said here because TypeScript has it only together with the DOM. */
interface Engine {
  readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => Memory;
  validate(bytes: Uint8Array): boolean;
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly instance: Instance }>;
}

declare const WebAssembly: Engine;

export const engine: Engine = WebAssembly;
