/** Pictures side by side, with boxes and captions: what a model was shown, what it found, what is true. */
import { ShapeError } from "../../base/errors.ts";
import { refuseOption } from "../../base/options.ts";
import {
  type Grid,
  readFlag,
  readGrid,
  readInteger,
  readList,
  readNumber,
  readRange,
  readText,
  type Values,
} from "./check.ts";
import type { Range } from "./color.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import type { Mark, Pixels, Scene } from "./scene.ts";
import { cutText } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** A rectangle over a picture, in its pixels; its sides lie between pixels. */
export interface PictureBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Above its upper side. Default: none. */
  readonly label?: string;
  /** One of the ten colours of classes, by its number (from the eleventh on they repeat). Default: the accent. */
  readonly color?: number;
  /** Whether its sides are dashed. Default false. */
  readonly dashed?: boolean;
}

/** A picture of a grid. */
export interface GridPicture {
  /** Pixels [height, width, 1] in grey or [height, width, 3] as red, green and blue. */
  readonly values: Grid;
  /** Below it, in lines. Default: none. */
  readonly caption?: string | readonly string[];
  readonly boxes?: readonly PictureBox[];
  /** Whether it has a frame in the accent colour. Default false. */
  readonly selected?: boolean;
}

export interface PictureGridOptions extends FigureOptions {
  readonly pictures: readonly GridPicture[];
  /** Pictures in a row. Default: about as many as rows. */
  readonly columns?: number;
  /** Black and full light. Default: 0 and 255 for uint8, else 0 and 1. */
  readonly range?: Range;
}

const known = ["pictures", "columns", "range"] as const satisfies readonly (keyof PictureGridOptions)[];

const gap = 10;

/**
 * Pictures in rows, each as wide as the others, with boxes over them and captions below. A picture's `key` is its number, from 0.
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for other shapes
 *
 * @example
 * ```ts
 * import { pictureGrid } from "fovea/plot";
 * const values = { data: Float32Array.from({ length: 16 * 16 * 3 }, (_, i) => (i % 48) / 48), shape: [16, 16, 3] };
 * const box = { left: 4, top: 4, right: 12, bottom: 10, label: "7", color: 7 };
 * const scene = pictureGrid({ title: "What was found", pictures: [{ values, caption: "a picture", boxes: [box] }] });
 * ```
 */
export function pictureGrid(options: PictureGridOptions): Scene {
  const owner = "pictureGrid";
  const frame = openFrame(owner, options, known, { title: "Pictures", width: 720 });
  const range = options.range === undefined ? undefined : readRange(owner, "range", options.range);
  const pictures = readList(owner, "pictures", options.pictures, (item, name) => readPicture(owner, name, item, range));
  if (pictures.length === 0) refuseOption(owner, "pictures", options.pictures, "at least one picture");
  const columns = readInteger(
    owner,
    "columns",
    options.columns ?? Math.min(pictures.length, Math.max(1, Math.ceil(Math.sqrt(pictures.length)))),
    1,
    100,
  );
  const width = (frame.room - gap * (columns - 1)) / columns;
  const marks: Mark[] = [];
  let top = frame.top;
  for (let first = 0; first < pictures.length; first += columns) {
    const row = pictures.slice(first, first + columns);
    const height = Math.max(...row.map(({ pixels }) => (width * pixels.rows) / pixels.columns));
    const lines = Math.max(...row.map(({ caption }) => caption.length));
    row.forEach((picture, column) => {
      const left = margin + column * (width + gap);
      marks.push(...drawPicture(picture, first + column, left, top, width, height, frame.theme));
    });
    top += height + lines * lineHeight + gap;
  }
  const words = pictures
    .map(({ caption, boxes }) => [...caption, ...boxes.flatMap(({ label }) => label ?? [])].join(", "))
    .filter((text) => text !== "");
  return frame.finish(marks, top - gap, `${pictures.length} pictures. ${words.slice(0, 12).join("; ")}`.trim());
}

const lineHeight = 16;

interface ReadPicture {
  readonly pixels: Pixels;
  readonly caption: readonly string[];
  readonly boxes: readonly PictureBox[];
  readonly selected: boolean;
}

function readPicture(owner: string, name: string, item: unknown, range: Range | undefined): ReadPicture {
  if (typeof item !== "object" || item === null) refuseOption(owner, name, item, "{ values, caption, boxes }");
  const { values, caption = [], boxes = [], selected = false } = item as Partial<GridPicture>;
  const lines = typeof caption === "string" ? [caption] : caption;
  return {
    pixels: pixelsOf(owner, `${name}.values`, values, range),
    caption: readList(owner, `${name}.caption`, lines, (line, at) => readText(owner, at, line)),
    boxes: readList(owner, `${name}.boxes`, boxes, (box, at) => readBox(owner, at, box)),
    selected: readFlag(owner, `${name}.selected`, selected),
  };
}

function readBox(owner: string, name: string, item: unknown): PictureBox {
  if (typeof item !== "object" || item === null) refuseOption(owner, name, item, "{ left, top, right, bottom }");
  const box = item as PictureBox;
  for (const side of ["left", "top", "right", "bottom"] as const)
    readNumber(owner, `${name}.${side}`, box[side], -1e6, 1e6);
  if (box.label !== undefined) readText(owner, `${name}.label`, box.label);
  if (box.color !== undefined) readInteger(owner, `${name}.color`, box.color, 0, 1e6);
  if (box.dashed !== undefined) readFlag(owner, `${name}.dashed`, box.dashed);
  return box;
}

function pixelsOf(owner: string, name: string, given: unknown, range: Range | undefined): Pixels {
  const { data, shape } = readPixels(owner, name, given);
  const [rows, columns] = shape as readonly [number, number, number];
  const [low, high] = range ?? (data instanceof Uint8Array ? [0, 255] : [0, 1]);
  const bytes = new Uint8Array(data.length);
  // NaN becomes black.
  for (let i = 0; i < data.length; i++)
    bytes[i] = Math.round(255 * Math.min(1, Math.max(0, (data[i]! - low) / (high - low))));
  return { rows, columns, data: bytes };
}

function readPixels(owner: string, name: string, given: unknown): Values {
  const values = readGrid(owner, name, given, 3, "[height, width, 1] or [height, width, 3]");
  const channels = values.shape[2]!;
  if (channels !== 1 && channels !== 3)
    throw new ShapeError(
      `${owner}: ${name} has the shape [${values.shape.join(", ")}], expected [height, width, 1] or [height, width, 3].`,
    );
  return values;
}

function drawPicture(
  { pixels, caption, boxes, selected }: ReadPicture,
  number: number,
  left: number,
  top: number,
  width: number,
  rowHeight: number,
  theme: Theme,
): Mark[] {
  const scale = width / pixels.columns;
  const height = scale * pixels.rows;
  const place = { x: left, y: top, width, height } as const;
  const label = [`picture ${number + 1}`, ...caption].join(", ");
  const image: Mark = { kind: "image", ...place, pixels, key: String(number), label };
  const frame: Mark[] = selected
    ? [{ kind: "rect", ...place, stroke: theme.accent, strokeWidth: 3 }]
    : [{ kind: "rect", ...place, stroke: theme.line }];
  const drawn = boxes.flatMap((box): Mark[] => {
    const color = box.color === undefined ? theme.accent : theme.classes[box.color % theme.classes.length]!;
    const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
    const [x, right] = [box.left, box.right].map((side) => left + scale * clamp(side, pixels.columns)) as [
      number,
      number,
    ];
    const [y, bottom] = [box.top, box.bottom].map((side) => top + scale * clamp(side, pixels.rows)) as [number, number];
    const corners = [
      [x, y],
      [right, y],
      [right, bottom],
      [x, bottom],
    ] as const;
    const outline = { kind: "path", lines: [corners], closed: true } as const;
    const sides: Mark[] = [
      { ...outline, stroke: theme.paper, strokeWidth: 3.5, opacity: 0.6 },
      { ...outline, stroke: color, strokeWidth: 2, ...(box.dashed ? { dash: [4, 3] } : {}) },
    ];
    if (box.label === undefined) return sides;
    const text = cutText(box.label, sizes.small, width, 600);
    const above = y - top >= 14;
    return [
      ...sides,
      {
        kind: "text",
        x: x + 1,
        y: above ? y - 4 : y + 12,
        text,
        size: sizes.small,
        weight: 600,
        fill: color,
        halo: theme.paper,
      },
    ];
  });
  const lines = caption.map(
    (line, i): Mark => ({
      kind: "text",
      x: left,
      y: top + rowHeight + (i + 1) * lineHeight - 3,
      text: cutText(line, sizes.small, width),
      size: sizes.small,
      fill: i === 0 ? theme.ink : theme.soft,
    }),
  );
  return [image, ...frame, ...drawn, ...lines];
}
