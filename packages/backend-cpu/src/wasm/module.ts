import { text, unsigned, vector } from "./bytes.js";
import { Code, type ConstantPool } from "./code.js";
import { VALUE_TYPES, type ValueType } from "./opcodes.js";

interface Signature {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function that the host gives. */
export interface Import extends Signature {
  readonly name: string;
}

/**
 * A module over one imported memory, `env.memory`. Functions that turn out to be the same, byte for byte, are kept once,
 * so what is written over addresses in parameters serves every place.
 */
export class Module {
  private readonly types: string[] = [];
  private readonly functions: { readonly type: number; readonly body: readonly number[] }[] = [];
  private readonly known = new Map<string, number>();
  private readonly exported: { readonly name: string; readonly index: number }[] = [];

  constructor(
    private readonly imports: readonly Import[],
    private readonly pool?: ConstantPool,
  ) {
    for (const each of imports) this.typeOf(each);
  }

  /** The index by which an imported function is called. */
  imported(name: string): number {
    return this.imports.findIndex((each) => each.name === name);
  }

  /** Adds a function and returns the index by which it is called. */
  add(params: readonly ValueType[], results: readonly ValueType[], write: (code: Code) => void): number {
    const code = new Code(params, this.pool);
    write(code);
    const type = this.typeOf({ params, results });
    const body = code.finish();
    // biome-ignore lint/plugin: 4096 at most.
    const key = `${type}:${String.fromCharCode(...body.slice(0, 4096))}${body.length > 4096 ? body.slice(4096) : ""}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.imports.length + this.functions.push({ type, body }) - 1;
    this.known.set(key, index);
    return index;
  }

  export(name: string, index: number): void {
    this.exported.push({ name, index });
  }

  /** The module's bytes. A shared memory is imported with the most pages that it may have. */
  finish(sharedPages?: number): Uint8Array<ArrayBuffer> {
    const section = (id: number, body: readonly number[]): number[] => [id, ...unsigned(body.length)].concat(body);
    const limits = sharedPages === undefined ? [0x00, 0] : [0x03, 0, ...unsigned(sharedPages)];
    const memory = [...text("env"), ...text("memory"), 0x02, ...limits];
    const imports = this.imports.map(({ name, ...signature }) => [
      ...text("env"),
      ...text(name),
      0x00,
      ...unsigned(this.typeOf(signature)),
    ]);
    const bodies = this.functions.map(({ body }) => unsigned(body.length).concat(body));
    const code = [unsigned(bodies.length), ...bodies].flat();
    return Uint8Array.from(
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00].concat(
        section(1, [...unsigned(this.types.length), ...this.types.flatMap((type) => type.split(",").map(Number))]),
        section(2, vector([memory, ...imports])),
        section(3, vector(this.functions.map(({ type }) => unsigned(type)))),
        section(7, vector(this.exported.map(({ name, index }) => [...text(name), 0x00, ...unsigned(index)]))),
        section(10, code),
      ),
    );
  }

  private typeOf({ params, results }: Signature): number {
    const list = (types: readonly ValueType[]) => vector(types.map((type) => [VALUE_TYPES[type]]));
    const key = [0x60, ...list(params), ...list(results)].join(",");
    const known = this.types.indexOf(key);
    return known >= 0 ? known : this.types.push(key) - 1;
  }
}
