/** Images by `sharp` (libvips), which decodes on its own threads in Node. It is an optional peer. */
import { InputOutputError } from "../../base/errors.ts";
import type { ImageCodec, Pixels } from "./image-codec.ts";

/** The calls of sharp that are needed; stated here, so that the package's types need none of sharp's. */
interface SharpImage {
  raw(): SharpImage;
  toColourspace(space: string): SharpImage;
  jpeg(options: object): SharpImage;
  png(options: object): SharpImage;
  webp(options: object): SharpImage;
  gif(options: object): SharpImage;
  toBuffer(): Promise<Uint8Array>;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number; channels: Pixels["channels"] };
  }>;
}
type Sharp = (bytes: Uint8Array, options: object) => SharpImage;

async function load(name: string): Promise<Sharp> {
  try {
    return ((await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as { default: Sharp }).default;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new InputOutputError(
      missing
        ? 'Images in Node need the npm package "sharp". Install it beside fovea: npm install sharp'
        : `The npm package "sharp" could not be loaded: ${why}`,
      { cause },
    );
  }
}

/**
 * Pixels as they are stored, as Keras reads them: the EXIF orientation is not applied, colour profiles are not either. What is cut
 * off is an error; libvips would fill it with grey.
 */
const reading = { failOn: "truncated", ignoreIcc: true, autoOrient: false, sequentialRead: true };

// The name in a variable, so that bundlers do not resolve the import: the package is optional, and for Node only.
export async function sharpCodec(name = "sharp"): Promise<ImageCodec> {
  const sharp = await load(name);
  return {
    async decode(bytes) {
      const { data, info } = await sharp(bytes, reading)
        .toColourspace("srgb")
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, channels: info.channels, data: plain(data) };
    },
    async encode({ width, height, channels, data }, format, quality) {
      const image = sharp(data, { raw: { width, height, channels } });
      // "b-w" keeps one channel.
      const colored = channels === 1 ? image.toColourspace("b-w") : image;
      return plain(await colored[format](format === "jpeg" || format === "webp" ? { quality } : {}).toBuffer());
    },
  };
}

/** A plain view of Node's Buffer. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
