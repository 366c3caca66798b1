/** Arrays of numbers: where they are in the file, and their values. Sections IV.A.2.i and IV.A.2.l. */
import { FormatError } from "../../base/errors.ts";
import type { Shape } from "../../base/shape.ts";
import { Cursor } from "../cursor.ts";
import { type NumberType, readNumbers } from "../numbers.ts";
import type { StoredArray } from "../stored-array.ts";
import { readChunks } from "./chunks.ts";
import { elementsOf, readDataspace, readDatatype } from "./datatype.ts";
import { readFilters } from "./filters.ts";
import { type HdfFile, unsupported } from "./layout.ts";
import { type Message, messageTypes } from "./object-header.ts";

/** Where the bytes of a dataset are. */
type Placement =
  | { readonly kind: "compact"; readonly bytes: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number }
  | { readonly kind: "chunked"; readonly tree: number; readonly chunk: Shape };

export class HdfDataset implements StoredArray {
  /** For messages: `"/layers/dense/vars/0"`. */
  readonly title: string;
  readonly shape: Shape;
  /** Text is refused: weights are numbers. */
  readonly datatype: NumberType;
  readonly #file: HdfFile;
  readonly #messages: readonly Message[];

  /** @throws FormatError where the messages are not those of an array of numbers */
  constructor(file: HdfFile, messages: readonly Message[], title: string) {
    this.#file = file;
    this.#messages = messages;
    this.title = title;
    const [space, type] = [this.#body(messageTypes.dataspace), this.#body(messageTypes.datatype)];
    if (space === undefined || type === undefined)
      throw new FormatError(`${title} in ${file.source.name} is damaged: it has neither members nor values.`);
    this.shape = readDataspace(space, file) ?? [0];
    const datatype = readDatatype(type, file);
    if (datatype.kind === "text" || datatype.kind === "heapText")
      throw new FormatError(`${title} in ${file.source.name} is text, and numbers were expected.`);
    this.datatype = datatype;
  }

  #body(wanted: number): Cursor | undefined {
    const found = this.#messages.find(({ type }) => type === wanted);
    return found === undefined ? undefined : new Cursor(found.body, `${this.title} in ${this.#file.source.name}`);
  }

  async read(): Promise<Float32Array> {
    const size = elementsOf(this.#file, this.title, this.shape);
    const length = size * this.datatype.bytes;
    if (size === 0) return new Float32Array(0);
    return readNumbers(await this.#bytes(length), this.datatype);
  }

  async #bytes(length: number): Promise<Uint8Array> {
    const placement = this.#placement();
    if (placement.kind === "compact") {
      if (placement.bytes.length < length)
        throw new FormatError(`${this.title} in ${this.#file.source.name} is damaged: ${length} bytes are missing.`);
      return placement.bytes.subarray(0, length);
    }
    if (placement.kind === "contiguous") return this.#file.source.read(placement.address, length);
    const pipeline = this.#body(messageTypes.filters);
    const filters = pipeline === undefined ? [] : readFilters(pipeline, this.#file, this.title);
    const { chunk, tree } = placement;
    const about = { title: this.title, shape: this.shape, bytes: this.datatype.bytes };
    return readChunks(this.#file, { ...about, chunk, tree, filters });
  }

  #placement(): Placement {
    const cursor = this.#body(messageTypes.layout);
    if (cursor === undefined)
      throw new FormatError(`${this.title} in ${this.#file.source.name} is damaged: its values are nowhere.`);
    const [version, kind] = [cursor.u8(), cursor.u8()];
    const { addressSize } = this.#file;
    if ((version !== 3 && version !== 4) || kind > 2 || (version === 4 && kind === 2))
      throw unsupported(this.#file, `${this.title} has a layout of version ${version} and class ${kind}`);
    if (kind === 0) return { kind: "compact", bytes: cursor.bytes(cursor.u16()) };
    if (kind === 1) {
      const address = cursor.uint(addressSize);
      if (!Number.isFinite(address))
        throw new FormatError(`${this.title} in ${this.#file.source.name} was declared, but never written.`);
      return { kind: "contiguous", address };
    }
    const rank = cursor.u8() - 1;
    const tree = cursor.uint(addressSize);
    const chunk = Array.from({ length: Math.max(0, rank) }, () => cursor.u32());
    if (rank !== this.shape.length || chunk.some((axis) => axis === 0))
      throw new FormatError(`${this.title} in ${this.#file.source.name} is damaged: chunks of [${chunk.join(", ")}].`);
    return { kind: "chunked", tree, chunk };
  }
}
