/** What a worker thread of Node runs: it reads JPEGs and resizes them into rows of a batch that the threads share. */
import { builtin } from "../../base/node.ts";
import { type Channels, recolored } from "./colors.ts";
import { compileJpegKernels } from "./jpeg/kernels.ts";
import { SequentialJpeg } from "./jpeg/sequential-jpeg.ts";
import { compileJpegDecoder, JpegDecoder } from "./jpeg-decoder.ts";
import { ImageResizer, type ResizeOptions } from "./resize.ts";

/** What the images of a pool become. */
export interface ImageOptions extends ResizeOptions {
  readonly channels: Channels;
}

/** Some rows of a batch. */
export interface JpegJob {
  readonly id: number;
  /** The whole batch, [rows, height, width, channels]. */
  readonly batch: Float32Array;
  readonly firstRow: number;
  /** Paths of the files of these rows. */
  readonly paths: readonly string[];
}

export interface JpegsDone {
  readonly id: number;
  /** Which rows hold their image now; the host looks at the other files. */
  readonly filled: readonly boolean[];
}

/** Larger files are no images to train on. */
const MOST_BYTES = 2 ** 28;

const { parentPort, workerData } = builtin("node:worker_threads");
const { openSync, fstatSync, readSync, closeSync } = builtin("node:fs");
const options = workerData as ImageOptions;
const [height, width] = options.size;
const rowSize = height * width * options.channels;
const resizer = new ImageResizer(options);
const kernels = compileJpegKernels();
const usual = kernels && new SequentialJpeg(kernels);
/** libjpeg-turbo, for unusual files and where there is no SIMD. */
let module: WebAssembly.Module | undefined;
let decoder: JpegDecoder | undefined;

/** Reads a file into the memory that `roomFor` gives. @returns its bytes there; undefined where it cannot be read so */
function read(path: string, roomFor: (size: number) => Uint8Array | undefined): Uint8Array | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const room = size <= MOST_BYTES ? roomFor(size) : undefined;
    if (room === undefined) return undefined;
    let at = 0;
    while (at < size) {
      const count = readSync(file, room, at, size - at, null);
      if (count === 0) return undefined;
      at += count;
    }
    return room;
  } finally {
    closeSync(file);
  }
}

/** Whether the file is a JPEG whose pixels are in the row now. What is wrong with another one, the host finds out and says. */
function fill(path: string, row: Float32Array): boolean {
  try {
    return fillByKernels(path, row) || fillByLibrary(path, row);
  } catch {
    decoder = undefined;
    return false;
  }
}

function fillByKernels(path: string, row: Float32Array): boolean {
  if (usual === undefined || read(path, (size) => usual.roomFor(size)) === undefined) return false;
  const measures = usual.decode();
  if (measures === undefined) return false;
  const plan = resizer.planOf(measures.height, measures.width);
  if (options.channels === 3 && usual.resize(plan, row)) return true;
  resizer.resize(recolored(usual.pixels(), options.channels), row);
  return true;
}

function fillByLibrary(path: string, row: Float32Array): boolean {
  module ??= compileJpegDecoder();
  decoder ??= new JpegDecoder(module);
  const own = decoder;
  const file = read(path, (size) => own.roomFor(size));
  const pixels = file && own.decode(file.length);
  if (pixels === undefined) return false;
  resizer.resize(recolored(pixels, options.channels), row);
  return true;
}

parentPort?.on("message", ({ id, batch, firstRow, paths }: JpegJob) => {
  const filled = paths.map((path, i) => {
    const start = (firstRow + i) * rowSize;
    return fill(path, batch.subarray(start, start + rowSize));
  });
  parentPort.postMessage({ id, filled } satisfies JpegsDone);
});
