/** A small WebAssembly assembler: functions over one imported memory. */
import { Crc32 } from "../base/crc32.ts";
import { InternalError } from "../base/errors.ts";
import { Identities } from "../base/identity.ts";
import { joinBytes } from "../base/join-bytes.ts";
import { FunctionBuilder, type FunctionRef, type ValueType, valueTypeBytes } from "./function.ts";
import { leb } from "./opcodes.ts";

export type { FunctionRef } from "./function.ts";

export interface MemoryImport {
  readonly maximumPages: number;
  readonly shared: boolean;
}

const isSameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const utf8 = (text: string) => [...new TextEncoder().encode(text)];
const named = (text: string) => {
  const bytes = utf8(text);
  return [...leb(bytes.length), ...bytes];
};

export class ModuleBuilder {
  readonly #memory: MemoryImport;
  readonly #types: string[] = [];
  readonly #typeBytes: number[][] = [];
  readonly #imports: { readonly name: string; readonly type: number }[] = [];
  readonly #functions: { readonly type: number; readonly body: Uint8Array }[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];
  readonly #names = new Map<number, string>();
  /** Places of functions by the checksum of their bodies. */
  readonly #bodies = new Map<number, number[]>();
  readonly #checksum = new Crc32();
  readonly #identities = new Identities();
  readonly #shared = new Map<string, unknown>();

  constructor(memory: MemoryImport) {
    this.#memory = memory;
  }

  #type(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    const list = (types: readonly ValueType[]) => [...leb(types.length), ...types.map((type) => valueTypeBytes[type])];
    this.#typeBytes.push([0x60, ...list(params), ...list(results)]);
    return this.#types.push(key) - 1;
  }

  /**
   * A function that the host provides, imported as "host".name. Imported functions are numbered before the module's own, so they
   * must be declared before the first `addFunction`.
   */
  importFunction(name: string, params: readonly ValueType[], results: readonly ValueType[]): FunctionRef {
    if (this.#functions.length > 0)
      throw new InternalError(`Function "${name}" is imported after functions were added, which would renumber them.`);
    return { index: this.#imports.push({ name, type: this.#type(params, results) }) - 1 };
  }

  /**
   * Adds a function and writes its body immediately. Functions with the same body are one: hosts compile each for itself, and the
   * blocks of a network repeat themselves.
   */
  addFunction(
    params: readonly ValueType[],
    results: readonly ValueType[],
    write: (f: FunctionBuilder, params: FunctionBuilder["params"]) => void,
  ): FunctionRef {
    const f = new FunctionBuilder(params);
    write(f, f.params);
    const type = this.#type(params, results);
    const body = new Uint8Array(f.finish());
    const checksum = this.#checksum.of(body);
    const alike = this.#bodies.get(checksum) ?? [];
    this.#bodies.set(checksum, alike);
    const known = alike.find((place) => {
      const other = this.#functions[place]!;
      return other.type === type && isSameBytes(other.body, body);
    });
    if (known !== undefined) return { index: this.#imports.length + known };
    const place = this.#functions.push({ type, body }) - 1;
    alike.push(place);
    return { index: this.#imports.length + place };
  }

  /** Makes something once per module and key (plain data), such as a function that several kernels call. */
  once<T>(key: unknown, make: () => T): T {
    const name = this.#identities.of(key);
    if (!this.#shared.has(name)) this.#shared.set(name, make());
    return this.#shared.get(name) as T;
  }

  /** Names a function for profilers and stack traces; one that several share has its first name. */
  nameFunction({ index }: FunctionRef, name: string): void {
    if (!this.#names.has(index)) this.#names.set(index, name);
  }

  /** Exports a function; once where several that are alike ask for it. */
  exportFunction(name: string, { index }: FunctionRef): void {
    const known = this.#exports.find((other) => other.name === name);
    if (known === undefined) this.#exports.push({ name, index });
    else if (known.index !== index) throw new InternalError(`Two functions are exported as "${name}".`);
  }

  /** The module's bytes. It imports its memory as "host"."memory". */
  finish(): Uint8Array {
    const parts: Uint8Array[] = [Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00)];
    const section = (id: number, content: Uint8Array) =>
      void parts.push(Uint8Array.of(id, ...leb(content.length)), content);
    const vector = (entries: readonly (readonly number[] | Uint8Array)[]) =>
      joinBytes(
        [leb(entries.length), ...entries].map((entry) =>
          entry instanceof Uint8Array ? entry : Uint8Array.from(entry),
        ),
      );
    const { maximumPages, shared } = this.#memory;
    section(1, vector(this.#typeBytes));
    const memory = [...named("host"), ...named("memory"), 0x02, shared ? 0x03 : 0x01, 0, ...leb(maximumPages)];
    const functions = this.#imports.map(({ name, type }) => [...named("host"), ...named(name), 0x00, ...leb(type)]);
    section(2, vector([memory, ...functions]));
    section(3, vector(this.#functions.map(({ type }) => leb(type))));
    section(7, vector(this.#exports.map(({ name, index }) => [...named(name), 0x00, ...leb(index)])));
    const bodies = this.#functions.flatMap(({ body }) => [Uint8Array.from(leb(body.length)), body]);
    section(10, joinBytes([Uint8Array.from(leb(this.#functions.length)), ...bodies]));
    const names = [...this.#names].sort(([a], [b]) => a - b).map(([index, name]) => [...leb(index), ...named(name)]);
    const functionNames = vector(names);
    // The custom section "name"; subsection 1 holds the functions' names.
    section(0, joinBytes([Uint8Array.of(...named("name"), 1, ...leb(functionNames.length)), functionNames]));
    return joinBytes(parts);
  }
}
