/** What decodes and encodes images here: `sharp` in Node, the browser's own decoders elsewhere, BMP by fovea. */
import { ArgumentError, FormatError, InputOutputError, unknownName } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import type { Tensor } from "../../base/tensor.ts";
import { decodeBmp, isBmp } from "./bmp.ts";
import { type Channels, type ColorMode, channelsOf, type Pixels, recolored } from "./colors.ts";

/** Formats that images are written in. */
export type ImageFormat = "jpeg" | "png" | "webp" | "gif";

export interface ImageCodec {
  decode(bytes: Uint8Array): Promise<Pixels>;
  encode(image: Pixels & { readonly channels: Channels }, format: ImageFormat, quality: number): Promise<Uint8Array>;
}

const signatures: readonly (readonly [string, (letters: string) => boolean])[] = [
  ["JPEG", (letters) => letters.startsWith("\xff\xd8\xff")],
  ["PNG", (letters) => letters.startsWith("\x89PNG\r\n\x1a\n")],
  ["GIF", (letters) => /^GIF8[79]a/.test(letters)],
  ["WebP", (letters) => /^RIFF.{4}WEBP/s.test(letters)],
];

/** The codec of this host. */
async function codec(): Promise<ImageCodec> {
  if (isNode()) return (await import("./sharp-codec.ts")).sharpCodec();
  return (await import("./canvas-codec.ts")).canvasCodec();
}

/**
 * The pixels of a JPEG, PNG, WebP, GIF (its first picture) or BMP file.
 *
 * @param name how messages call the file
 * @throws FormatError for other formats and for damaged files; InputOutputError where no decoder is installed
 */
export async function decodeImage(bytes: Uint8Array, name: string, mode: ColorMode): Promise<Pixels> {
  return recolored(isBmp(bytes) ? decodeBmp(bytes, name) : await decodeByCodec(bytes, name), channelsOf[mode]);
}

async function decodeByCodec(bytes: Uint8Array, name: string): Promise<Pixels> {
  const letters = String.fromCharCode(...bytes.subarray(0, 16));
  const format = signatures.find(([, matches]) => matches(letters))?.[0];
  if (format === undefined) {
    const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new FormatError(
      `${name} is no JPEG, PNG, WebP, GIF or BMP image: ${start === "" ? "it is empty" : `it starts with ${start}`}.`,
    );
  }
  try {
    return await (await codec()).decode(bytes);
  } catch (cause) {
    if (cause instanceof InputOutputError) throw cause;
    const why = cause instanceof Error ? cause.message.replaceAll("\n", " ") : String(cause);
    throw new FormatError(`${name} is damaged: its ${format} data cannot be decoded (${why}).`, { cause });
  }
}

const formats: readonly ImageFormat[] = ["jpeg", "png", "webp", "gif"];

/** The format of a name: "jpg" and "jpeg" are the same. @throws ArgumentError for one that is not written */
export function imageFormat(name: unknown): ImageFormat {
  const known = name === "jpg" ? "jpeg" : formats.find((each) => each === name);
  if (known === undefined) throw unknownName("image format", name, [...formats, "jpg"]);
  return known;
}

/** The bytes of an image file. */
export async function encodeImage(image: Tensor, format: ImageFormat, quality: number): Promise<Uint8Array> {
  const [height, width, channels] = image.shape as [number, number, Channels];
  const data = image.data as Uint8Array;
  // JPEG has no alpha, which is left out, as Keras does.
  const pixels = { width, height, channels, data };
  const written = format === "jpeg" && channels === 4 ? recolored(pixels, 3) : pixels;
  try {
    return await (await codec()).encode(written, format, quality);
  } catch (cause) {
    if (cause instanceof InputOutputError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ArgumentError(`An image of ${width}x${height} cannot be written as ${format}: ${why}.`, { cause });
  }
}
