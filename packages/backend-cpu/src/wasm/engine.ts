/** A memory that modules import. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
  /** By so many pages of 64 KiB. Throws RangeError where that is too much. */
  grow(pages: number): number;
}

interface Instance {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** What is used of the engine's WebAssembly; said here because TypeScript has it only together with the DOM. */
interface Engine {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared?: boolean;
  }) => Memory;
  validate(bytes: Uint8Array): boolean;
  /** A module that workers can be sent. */
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(
    bytes: Uint8Array,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ): Promise<{ readonly instance: Instance }>;
}

declare const WebAssembly: Engine;

export const engine: Engine = WebAssembly;
