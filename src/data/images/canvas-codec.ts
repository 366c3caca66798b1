/** Images by a browser's own decoders, in pages and workers. */
import { InputOutputError } from "../../base/errors.ts";
import { recolored } from "./colors.ts";
import type { ImageCodec } from "./image-codec.ts";
import { withoutOrientation } from "./jpeg-orientation.ts";

/**
 * Reads the pixels of bitmaps by WebGL, or undefined where it cannot. A canvas of two dimensions keeps colours multiplied by alpha:
 * those of transparent pixels are rounded or lost there.
 */
function alphaReader(): (bitmap: ImageBitmap) => Uint8Array | undefined {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl");
  return (bitmap) => {
    const { width, height } = bitmap;
    if (gl === null || gl.isContextLost() || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return;
    const [texture, frame] = [gl.createTexture(), gl.createFramebuffer()];
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    const data = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
    const failed = gl.getError() !== gl.NO_ERROR;
    gl.deleteFramebuffer(frame);
    gl.deleteTexture(texture);
    return failed ? undefined : data;
  };
}

/** Of this page, when the first image with alpha has come: a page may have few contexts of WebGL. */
let readAlpha: ReturnType<typeof alphaReader> | undefined;

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
      const drawn = context.getImageData(0, 0, width, height).data;
      const isOpaque = drawn.every((value, i) => i % 4 !== 3 || value === 255);
      if (!isOpaque) readAlpha ??= alphaReader();
      const data = (isOpaque ? undefined : readAlpha?.(bitmap)) ?? new Uint8Array(drawn.buffer);
      bitmap.close();
      return { width, height, channels: 4, data };
    },
    async encode(image, format, quality) {
      const { width, height } = image;
      const canvas = new OffscreenCanvas(width, height);
      contextOf(canvas).putImageData(
        new ImageData(new Uint8ClampedArray(recolored(image, 4).data), width, height),
        0,
        0,
      );
      const type = `image/${format}`;
      const blob = await canvas.convertToBlob({ type, quality: quality / 100 });
      if (blob.type !== type) throw new InputOutputError(`This browser writes no ${format} images; use png.`);
      return new Uint8Array(await blob.arrayBuffer());
    },
  };
}
