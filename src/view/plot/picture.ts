/** A scene as the bytes of a PNG file. */
import { ArgumentError, FoveaError, InputOutputError } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import { checkKeys } from "../../base/options.ts";
import { loadSharp } from "../../base/sharp.ts";
import { type Canvas2D, draw } from "./canvas.ts";
import { readNumber } from "./check.ts";
import { checkScene, type Scene } from "./scene.ts";
import { toSvg } from "./svg.ts";

export interface PngOptions {
  /** Pixels of the picture for each pixel of the scene, 0.1 … 8. Default 2. */
  readonly scale?: number;
}

/** Bytes that a `Blob` takes. Not Uint8Array<ArrayBuffer>: the package's types must compile with TypeScript 5.4, where it is not generic. */
export type PngBytes = Uint8Array & { readonly buffer: ArrayBuffer };

/** Most pixels of a picture. */
const MOST = 2 ** 26;

/** The calls of sharp that are needed. */
interface SharpPicture {
  resize(width: number, height: number, options: object): SharpPicture;
  png(): SharpPicture;
  toBuffer(): Promise<Uint8Array>;
}
type Sharp = (svg: Uint8Array, options: object) => SharpPicture;

/**
 * The picture as a PNG file: in Node by the optional package `sharp`, in browsers and their workers by a canvas.
 *
 * @throws ArgumentError for what is no scene; InputOutputError where nothing here can make pictures
 *
 * @example
 * ```ts
 * import { heatMap, toPng } from "fovea/plot";
 * const bytes = await toPng(heatMap({ values: [[1, 2], [3, 4]] }), { scale: 1 }); // a Uint8Array
 * ```
 */
export async function toPng(scene: Scene, options: PngOptions = {}): Promise<PngBytes> {
  checkScene("toPng", scene);
  checkKeys("toPng", options, ["scale"]);
  const { scale = 2 } = options;
  readNumber("toPng", "scale", scale, 0.1, 8);
  const [width, height] = [scene.width, scene.height].map((size) => Math.max(1, Math.round(size * scale))) as [
    number,
    number,
  ];
  if (width * height > MOST)
    throw new ArgumentError(`toPng: the picture would have ${width}x${height} pixels; give a smaller scale.`);
  try {
    return await (isNode() ? bySharp(scene, width, height) : byCanvas(scene, scale, width, height));
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputOutputError(`toPng: no picture could be made here: ${why}. toSvg needs nothing.`, { cause });
  }
}

async function bySharp(scene: Scene, width: number, height: number): Promise<PngBytes> {
  const sharp = await loadSharp<Sharp>();
  const svg = new TextEncoder().encode(toSvg(scene));
  // sharp draws an SVG pixel for pixel at its own density of 72.
  const density = Math.min(2400, (72 * width) / scene.width);
  return new Uint8Array(
    await sharp(svg, { density, limitInputPixels: 2 * MOST })
      .resize(width, height, { fit: "fill" })
      .png()
      .toBuffer(),
  );
}

async function byCanvas(scene: Scene, scale: number, width: number, height: number): Promise<PngBytes> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new InputOutputError("toPng: this browser gives no canvas to draw on. toSvg needs none.");
  context.scale(scale, scale);
  draw(scene, context as unknown as Canvas2D);
  return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
}
