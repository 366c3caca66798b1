/** Images of files as rows of one tensor, each decoded into its place: by worker threads where they can, by this thread where not. */
import { allocate } from "../../base/dtype.ts";
import { Tensor } from "../../base/tensor.ts";
import type { FileRows, ListedFile } from "../folders/directory-dataset.ts";
import { type ColorMode, channelsOf } from "./colors.ts";
import { decodeImage } from "./image-codec.ts";
import { JpegWorkers } from "./jpeg-workers.ts";
import { ImageResizer, type ResizeOptions } from "./resize.ts";

export interface ImageRowsOptions extends ResizeOptions {
  readonly colorMode: ColorMode;
  /** Files that are decoded at a time. */
  readonly parallel: number;
}

export class ImageRows {
  readonly #colorMode: ColorMode;
  readonly #shape: readonly [height: number, width: number, channels: number];
  readonly #resizer: ImageResizer;
  readonly #workers: JpegWorkers | undefined;

  constructor({ colorMode, parallel, ...options }: ImageRowsOptions) {
    const channels = channelsOf[colorMode];
    this.#colorMode = colorMode;
    this.#shape = [...options.size, channels];
    this.#resizer = new ImageResizer(options);
    this.#workers = JpegWorkers.create({ ...options, channels }, parallel);
  }

  async read(files: readonly ListedFile[]): Promise<FileRows | undefined> {
    const [height, width, channels] = this.#shape;
    const length = height * width * channels;
    const jpegs = files.map(({ diskPath }) =>
      diskPath !== undefined && /\.jpe?g$/i.test(diskPath) ? diskPath : undefined,
    );
    const workers = jpegs.some((path) => path !== undefined) ? this.#workers : undefined;
    const size = files.length * length;
    const batch = workers === undefined ? allocate("float32", size) : workers.batches.allocate(size);
    const filled = await workers?.fill(batch, jpegs);
    const kept = await Promise.all(
      files.map(async (file, i) => {
        if (filled?.[i]) return true;
        const decoded = await file.decode((bytes, name) => decodeImage(bytes, name, this.#colorMode));
        if (decoded !== undefined) this.#resizer.resize(decoded, batch.subarray(i * length, (i + 1) * length));
        return decoded !== undefined;
      }),
    );
    return kept.includes(true) ? { tensor: this.#withoutGaps(batch, kept), kept } : undefined;
  }

  /** Takes back a tensor that nobody needs any more. */
  recycle({ data }: Tensor): void {
    this.#workers?.batches.recycle(data);
  }

  /** The rows that were kept, side by side. */
  #withoutGaps(batch: Float32Array, kept: readonly boolean[]): Tensor {
    const length = batch.length / kept.length;
    let rows = 0;
    for (const [i, isKept] of kept.entries()) {
      if (!isKept) continue;
      if (rows !== i) batch.copyWithin(rows * length, i * length, (i + 1) * length);
      rows++;
    }
    return new Tensor(rows === kept.length ? batch : batch.subarray(0, rows * length), [rows, ...this.#shape]);
  }
}
