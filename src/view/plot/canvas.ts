/** A scene on a canvas: in a page, in a worker, or wherever there is a context that draws as a browser's does. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import {
  type CircleMark,
  checkScene,
  type ImageMark,
  type Mark,
  type PathMark,
  type Pixels,
  type RectMark,
  type Scene,
  type TextMark,
} from "./scene.ts";

/** The calls of CanvasRenderingContext2D that are needed; OffscreenCanvas's context has them, too. */
export interface Canvas2D {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  lineJoin: string;
  lineCap: string;
  globalAlpha: number;
  font: string;
  textAlign: string;
  textBaseline: string;
  save(): void;
  restore(): void;
  beginPath(): void;
  closePath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  arc(x: number, y: number, radius: number, start: number, end: number): void;
  roundRect(x: number, y: number, width: number, height: number, radius: number): void;
  fill(): void;
  stroke(): void;
  setLineDash(lengths: number[]): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  getTransform(): { readonly a: number; readonly d: number; readonly e: number; readonly f: number };
  createImageData(width: number, height: number): { readonly data: Uint8ClampedArray };
  putImageData(image: never, x: number, y: number): void;
}

/**
 * Paints a scene at the origin of the context, background first. The context may be moved and scaled (by the ratio of the screen's
 * pixels to CSS pixels), not turned: images are painted pixel by pixel, so they stay crisp.
 *
 * @throws ArgumentError for what is no scene or no context
 *
 * @example
 * ```ts
 * import { draw, heatMap } from "fovea/plot";
 * function show(canvas: HTMLCanvasElement, ratio: number) {
 *   const scene = heatMap({ values: [[1, 2], [3, 4]] });
 *   [canvas.width, canvas.height] = [scene.width * ratio, scene.height * ratio];
 *   const context = canvas.getContext("2d")!;
 *   context.scale(ratio, ratio);
 *   draw(scene, context);
 * }
 * ```
 */
export function draw(scene: Scene, context: Canvas2D): void {
  checkScene("draw", scene);
  const isContext = typeof context === "object" && context !== null && typeof context.getTransform === "function";
  if (!isContext)
    throw new ArgumentError(
      `draw: context is ${formatValue(context)}, expected that of a canvas: canvas.getContext("2d").`,
    );
  context.save();
  context.lineJoin = "round";
  context.textBaseline = "alphabetic";
  context.fillStyle = scene.background;
  context.fillRect(0, 0, scene.width, scene.height);
  for (const mark of scene.marks) drawMark(mark, context, scene.fonts);
  context.restore();
}

function drawMark(mark: Mark, context: Canvas2D, fonts: Scene["fonts"]): void {
  context.globalAlpha = mark.opacity ?? 1;
  if (mark.kind === "image") drawImage(mark, context);
  else if (mark.kind === "text") drawText(mark, context, fonts);
  else drawShape(mark, context);
}

function drawText(mark: TextMark, context: Canvas2D, fonts: Scene["fonts"]): void {
  const { x, y, text, size, fill, anchor, weight = 400, mono, halo } = mark;
  context.font = `${weight} ${size}px ${mono ? fonts.mono : fonts.sans}`;
  context.textAlign = anchor === "middle" ? "center" : (anchor ?? "start");
  if (halo !== undefined) {
    context.strokeStyle = halo;
    context.lineWidth = 3;
    context.setLineDash([]);
    context.strokeText(text, x, y);
  }
  context.fillStyle = fill;
  context.fillText(text, x, y);
}

function drawShape(mark: PathMark | RectMark | CircleMark, context: Canvas2D): void {
  context.beginPath();
  if (mark.kind === "circle") context.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI);
  else if (mark.kind === "rect") context.roundRect(mark.x, mark.y, mark.width, mark.height, mark.radius ?? 0);
  else
    for (const line of mark.lines) {
      for (const [i, [x, y]] of line.entries()) {
        if (i === 0) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
      if (line.length === 1) context.lineTo(line[0]![0] + 0.01, line[0]![1]);
      if (mark.closed) context.closePath();
    }
  if (mark.fill !== undefined) {
    context.fillStyle = mark.fill;
    context.fill();
  }
  if (mark.stroke !== undefined) {
    context.strokeStyle = mark.stroke;
    context.lineWidth = mark.strokeWidth ?? 1;
    context.setLineDash(mark.kind === "path" ? [...(mark.dash ?? [])] : []);
    context.stroke();
  }
}

/** putImageData knows no transform, so the place and the size on the device are computed here. */
function drawImage({ x, y, width, height, pixels }: ImageMark, context: Canvas2D): void {
  const { a, d, e, f } = context.getTransform();
  const [left, top] = [Math.round(a * x + e), Math.round(d * y + f)];
  const wide = Math.max(1, Math.round(a * (x + width) + e) - left);
  const high = Math.max(1, Math.round(d * (y + height) + f) - top);
  const image = context.createImageData(wide, high);
  const target = new Uint32Array(image.data.buffer, image.data.byteOffset, wide * high);
  const colors = wordsOf(pixels);
  const { columns, rows } = pixels;
  for (let row = 0; row < high; row++) {
    const from = Math.floor((row * rows) / high) * columns;
    for (let column = 0; column < wide; column++)
      target[row * wide + column] = colors[from + Math.floor((column * columns) / wide)]!;
  }
  context.putImageData(image as never, left, top);
}

/** Each pixel as the four bytes of ImageData in one little-endian word: red, green, blue, opaque. */
function wordsOf({ columns, rows, data, palette }: Pixels): Uint32Array {
  const words = new Uint32Array(columns * rows);
  const wordOf = (red: number, green: number, blue: number) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  if (palette === undefined) {
    const channels = data.length / words.length;
    // One channel is grey.
    const step = channels === 1 ? 0 : 1;
    for (let i = 0; i < words.length; i++) {
      const at = channels * i;
      words[i] = wordOf(data[at]!, data[at + step]!, data[at + 2 * step]!);
    }
    return words;
  }
  const wordAt = (table: Uint8Array, at: number) => wordOf(table[at]!, table[at + 1]!, table[at + 2]!);
  const colors = Uint32Array.from({ length: palette.length / 3 }, (_, i) => wordAt(palette, 3 * i));
  for (let i = 0; i < words.length; i++) words[i] = colors[data[i]!]!;
  return words;
}
