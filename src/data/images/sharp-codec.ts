/** Images by `sharp` (libvips), which decodes on its own threads in Node. It is an optional peer. */
import { loadSharp } from "../../base/sharp.ts";
import type { Pixels } from "./colors.ts";
import type { ImageCodec } from "./image-codec.ts";

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

/**
 * Pixels as they are stored, as Keras reads them: the EXIF orientation is not applied, colour profiles are not either. What is cut
 * off is an error; libvips would fill it with grey.
 */
const reading = { failOn: "truncated", ignoreIcc: true, autoOrient: false, sequentialRead: true };

export async function sharpCodec(name = "sharp"): Promise<ImageCodec> {
  const sharp = await loadSharp<Sharp>(name);
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
