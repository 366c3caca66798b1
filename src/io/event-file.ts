/**
 * Event files of TensorBoard: records of TensorFlow (`tensorflow/core/lib/io/record_writer.h`), each of them an `Event` of Protocol
 * Buffers (`tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`, `tensor.proto`).
 */
import { Crc32, polynomials } from "../base/crc32.ts";
import { compressPixelPng, type Pixels } from "../base/png.ts";
import { Packer } from "./packer.ts";
import { appendTo, type FolderPlace } from "./place.ts";
import { type DraftOf, many, one, type Schema } from "./protobuf/kinds.ts";
import { messagePieces } from "./protobuf/writer.ts";

const tensorSchema = {
  dtype: [1, "int"],
  shape: [2, one({ axes: [2, many({ size: [1, "int"] })] })],
  content: [4, "bytes"],
  floats: [5, "floats"],
  blobs: [8, "blobs"],
} as const satisfies Schema;

const valueSchema = {
  tag: [1, "text"],
  tensor: [8, one(tensorSchema)],
  metadata: [
    9,
    one({
      plugin: [1, one({ name: [1, "text"], content: [2, "bytes"] })],
      description: [3, "text"],
      dataClass: [4, "int"],
    }),
  ],
} as const satisfies Schema;

/** One event of a file. */
export const eventSchema = {
  wallTime: [1, "double"],
  step: [2, "int"],
  fileVersion: [3, "text"],
  summary: [5, one({ values: [1, many(valueSchema)] })],
} as const satisfies Schema;

/** What an event says: a number, a distribution, images or a text under a tag. */
export type EventValue = DraftOf<typeof valueSchema>;

/** Numbers of TensorFlow's DataType. */
const dtypes = { float: 1, double: 2, string: 7 } as const;
/** Numbers of TensorFlow's DataClass. */
const dataClasses = { none: 0, scalar: 1, tensor: 2, blobs: 3 } as const;

const metadata = (plugin: string, dataClass: keyof typeof dataClasses, content?: Uint8Array) => ({
  plugin: { name: plugin, content },
  ...(dataClass === "none" ? {} : { dataClass: dataClasses[dataClass] }),
});

const text = /* @__PURE__ */ new TextEncoder();

/** A number, in float32. */
export function scalarValue(tag: string, value: number): EventValue {
  return { tag, tensor: { dtype: dtypes.float, shape: {}, floats: [value] }, metadata: metadata("scalars", "scalar") };
}

/** A model's configuration as Keras writes it, from which TensorBoard draws the graph of its layers. */
export function modelValue(tag: string, json: string): EventValue {
  return {
    tag,
    tensor: { dtype: dtypes.string, shape: {}, blobs: [text.encode(json)] },
    metadata: metadata("graph_keras_model", "none", text.encode("1")),
  };
}

/** How many numbers fall into which of 30 buckets of equal width. */
export function histogramValue(tag: string, values: ArrayLike<number>): EventValue {
  const buckets = histogramBuckets(values, BUCKETS);
  const packer = new Packer();
  for (const each of buckets) packer.f64(each);
  return {
    tag,
    tensor: {
      dtype: dtypes.double,
      shape: { axes: [{ size: buckets.length / 3 }, { size: 3 }] },
      content: packer.finish(),
    },
    metadata: metadata("histograms", "tensor"),
  };
}

const BUCKETS = 30;

/**
 * The left edge, the right edge and the count of each bucket. tensorboard: `plugins/histogram/summary_v2.py`: where all values are
 * equal they are all in the last bucket, which has no width. Values that are not finite are in none.
 */
export function histogramBuckets(values: ArrayLike<number>, count: number): Float64Array {
  let [least, most, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
    size++;
  }
  const rows = new Float64Array(3 * count);
  if (size === 0) return rows;
  const width = (most - least) / count;
  for (let i = 0; i < count; i++) {
    rows[3 * i] = width === 0 ? most : least + i * width;
    rows[3 * i + 1] = i === count - 1 ? most : least + (i + 1) * width;
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    const bucket = width === 0 ? count - 1 : Math.min(count - 1, Math.floor((value - least) / width));
    rows[3 * bucket + 2]!++;
  }
  return rows;
}

/** Images of one size. */
export async function imageValue(tag: string, images: readonly Pixels[]): Promise<EventValue> {
  const { columns = 0, rows = 0 } = images[0] ?? {};
  const files = await Promise.all(images.map(compressPixelPng));
  const blobs = [text.encode(String(columns)), text.encode(String(rows)), ...files];
  return {
    tag,
    tensor: { dtype: dtypes.string, shape: { axes: [{ size: blobs.length }] }, blobs },
    metadata: metadata("images", "blobs"),
  };
}

/** The checksum of records. */
const recordCrc = () => new Crc32(polynomials.castagnoli);

/** The record of an event: its length, the length's checksum, the event, its checksum. */
export function eventRecord(event: DraftOf<typeof eventSchema>, crc = recordCrc()): Uint8Array {
  const packer = new Packer();
  for (const piece of messagePieces(eventSchema, event)) packer.bytes(piece);
  const body = packer.finish();
  const length = new Packer().u64(body.length).finish();
  return new Packer()
    .bytes(length)
    .u32(masked(crc.of(length)))
    .bytes(body)
    .u32(masked(crc.of(body)))
    .finish();
}

/** A checksum turned and moved, so that one of bytes that hold checksums says something. `tensorflow/core/lib/hash/crc32c.h`. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

/** The file of one run, which only grows. */
export class EventFile {
  readonly #name: string;
  readonly #folder: () => Promise<FolderPlace>;
  readonly #now: () => number;
  readonly #crc = recordCrc();
  #records: Uint8Array[] = [];
  #isMade = false;

  /**
   * @param folder where the file is made when the first events are written
   * @param now seconds since 1970
   */
  constructor(folder: () => Promise<FolderPlace>, now: () => number) {
    this.#folder = folder;
    this.#now = now;
    const unique = globalThis.crypto.randomUUID().slice(0, 8);
    // TensorBoard reads the files of a folder in the order of their names.
    this.#name = `events.out.tfevents.${String(Math.floor(now())).padStart(10, "0")}.fovea.${unique}.v2`;
    this.#records.push(eventRecord({ wallTime: now(), fileVersion: "brain.Event:2" }, this.#crc));
  }

  /** Adds an event, which `flush` writes. */
  add(step: number, ...values: readonly EventValue[]): void {
    this.#records.push(eventRecord({ wallTime: this.#now(), step, summary: { values } }, this.#crc));
  }

  async flush(): Promise<void> {
    const records = this.#records;
    if (records.length === 0) return;
    this.#records = [];
    const folder = await this.#folder();
    if (!this.#isMade) await folder.enter([]);
    this.#isMade = true;
    await appendTo(folder.store, this.#name, records);
  }
}
