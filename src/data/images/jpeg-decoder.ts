/**
 * Any JPEG by libjpeg-turbo in WebAssembly (npm package `@cwasm/jpeg-turbo`), on the calling thread: its accurate DCT and its smooth
 * chroma, which are Keras's and sharp's pixels. The package's own function copies each picture twice; here a file is read into
 * the decoder's memory, and its pixels are read there.
 */
import { builtin } from "../../base/node.ts";
import type { Pixels } from "./colors.ts";

/** The functions of TurboJPEG that are needed; pointers are places in `memory`. */
interface TurboJpeg {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  free(pointer: number): void;
  tjInitDecompress(): number;
  tjDecompressHeader3(
    ...args: [handle: number, file: number, size: number, width: number, height: number, chroma: number, space: number]
  ): number;
  tjDecompress2(
    ...args: [
      handle: number,
      file: number,
      size: number,
      pixels: number,
      width: number,
      pitch: number,
      height: number,
      format: number,
      flags: number,
    ]
  ): number;
}

/** Values of turbojpeg.h. */
const TJCS_GRAY = 2;
const TJPF_RGB = 0;

/** Larger pictures are left to a decoder that gives its memory back. */
export const MOST_PIXELS = 2 ** 24;

/** A piece of the decoder's memory that is made larger when it is too small. */
interface Room {
  pointer: number;
  size: number;
}

function grow(jpeg: TurboJpeg, room: Room, size: number): boolean {
  if (size <= room.size) return true;
  jpeg.free(room.pointer);
  room.pointer = jpeg.malloc(size);
  room.size = room.pointer === 0 ? 0 : size;
  return room.pointer !== 0;
}

/** A decoder with its memory: it decodes one file at a time. */
export class JpegDecoder {
  readonly #jpeg: TurboJpeg;
  readonly #handle: number;
  readonly #file: Room = { pointer: 0, size: 0 };
  readonly #pixels: Room = { pointer: 0, size: 0 };
  readonly #header: number;

  constructor(module: WebAssembly.Module) {
    const refuse = () => {
      throw new Error("libjpeg-turbo gave the file up.");
    };
    const none = () => 0;
    const { exports } = new WebAssembly.Instance(module, {
      // C's way out of a broken file; the decoder cannot be used afterwards.
      env: { setjmp: none, longjmp: refuse },
      wasi_snapshot_preview1: {
        environ_sizes_get: none,
        environ_get: refuse,
        proc_exit: refuse,
        fd_close: refuse,
        fd_seek: refuse,
        fd_write: refuse,
      },
    });
    this.#jpeg = exports as unknown as TurboJpeg;
    this.#handle = this.#jpeg.tjInitDecompress();
    this.#header = this.#jpeg.malloc(16);
    if (this.#handle === 0 || this.#header === 0) throw new Error("There is no memory for a JPEG decoder.");
  }

  /** Room for a file in the decoder's memory, until the next call; undefined where there is none. */
  roomFor(size: number): Uint8Array | undefined {
    if (!grow(this.#jpeg, this.#file, size)) return undefined;
    return new Uint8Array(this.#jpeg.memory.buffer, this.#file.pointer, size);
  }

  /**
   * The RGB pixels of the file of `size` bytes that was written into the room; they are valid until the next call. Undefined for
   * what is no whole JPEG of grey or colour, or too large.
   *
   * @throws Error for a file that made libjpeg-turbo give up: the decoder is of no use then
   */
  decode(size: number): Pixels | undefined {
    const [jpeg, handle, file, header] = [this.#jpeg, this.#handle, this.#file.pointer, this.#header];
    if (jpeg.tjDecompressHeader3(handle, file, size, header, header + 4, header + 8, header + 12) !== 0)
      return undefined;
    const [width, height, , space] = new Int32Array(jpeg.memory.buffer, header, 4) as unknown as [
      width: number,
      height: number,
      chroma: number,
      space: number,
    ];
    const pixels = width * height;
    if (space > TJCS_GRAY || pixels > MOST_PIXELS || !grow(jpeg, this.#pixels, 3 * pixels)) return undefined;
    const { pointer } = this.#pixels;
    // A warning, for example of a file that is cut off, is no success either.
    if (jpeg.tjDecompress2(handle, file, size, pointer, width, 0, height, TJPF_RGB, 0) !== 0) return undefined;
    return { width, height, channels: 3, data: new Uint8Array(jpeg.memory.buffer, pointer, 3 * pixels) };
  }
}

/** Compiles the decoder; Node only. */
export function compileJpegDecoder(): WebAssembly.Module {
  const { createRequire } = builtin("node:module");
  // The name in a variable, so that bundlers do not resolve it.
  const file = "@cwasm/jpeg-turbo/jpeg-turbo.wasm";
  return new WebAssembly.Module(builtin("node:fs").readFileSync(createRequire(import.meta.url).resolve(file)));
}
