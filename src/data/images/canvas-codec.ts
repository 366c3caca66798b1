/** Images by a browser's own decoders, in pages and workers. */
import { InputOutputError } from "../../base/errors.ts";
import { recolored } from "./colors.ts";
import type { ImageCodec } from "./image-codec.ts";
import { withoutOrientation } from "./jpeg-orientation.ts";

/** @throws InputOutputError where there is no OffscreenCanvas (Deno, Bun) */
export function canvasCodec(): ImageCodec {
  if (typeof createImageBitmap !== "function" || typeof OffscreenCanvas !== "function")
    throw new InputOutputError(
      "This host decodes no images: createImageBitmap or OffscreenCanvas is missing. Use Node with sharp, or a browser.",
    );
  const contextOf = (canvas: OffscreenCanvas) => {
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) throw new InputOutputError(`A canvas of ${canvas.width}x${canvas.height} cannot be had.`);
    return context;
  };
  return {
    async decode(bytes) {
      // The pixels as they are stored, as Keras reads them.
      const bitmap = await createImageBitmap(new Blob([withoutOrientation(bytes) as Uint8Array<ArrayBuffer>]), {
        premultiplyAlpha: "none",
        colorSpaceConversion: "none",
      });
      const { width, height } = bitmap;
      const context = contextOf(new OffscreenCanvas(width, height));
      context.drawImage(bitmap, 0, 0);
      bitmap.close();
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, channels: 4, data: new Uint8Array(data.buffer) };
    },
    async encode(image, format, quality) {
      const { width, height } = image;
      const canvas = new OffscreenCanvas(width, height);
      contextOf(canvas).putImageData(new ImageData(new Uint8ClampedArray(recolored(image, 4)), width, height), 0, 0);
      const type = `image/${format}`;
      const blob = await canvas.convertToBlob({ type, quality: quality / 100 });
      if (blob.type !== type) throw new InputOutputError(`This browser writes no ${format} images; use png.`);
      return new Uint8Array(await blob.arrayBuffer());
    },
  };
}
