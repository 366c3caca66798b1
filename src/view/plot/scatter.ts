/** Points in the plane: what a network makes of images, laid out in two dimensions. */
import { ArgumentError } from "../../base/errors.ts";
import {
  type Grid,
  type Numbers,
  readFlag,
  readGrid,
  readInteger,
  readNames,
  readNumber,
  readNumbers,
  readText,
} from "./check.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { extentOf, linearScale } from "./scale.ts";
import type { Mark, Scene } from "./scene.ts";
import { sizes } from "./theme.ts";

export interface ScatterOptions extends FigureOptions {
  /** Rows [n, 2] of x and y, at most 20,000. Points that are not finite are left out. */
  readonly points: Grid;
  /** The class of each point. Default: all of one class. */
  readonly classes?: Numbers;
  /** Names of the classes, written at the middle of their points. Default: "0", "1", … */
  readonly names?: readonly string[];
  /** The point in the accent colour. */
  readonly selected?: number;
  /** Of a point, in pixels, 0.5 … 20. Default 3. */
  readonly radius?: number;
  /** Whether both axes have one scale, as distances need it. Default true. */
  readonly equal?: boolean;
  /** Of the panel, in pixels, 20 … 4096. Default: its width. */
  readonly height?: number;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

const known = [
  "points",
  "classes",
  "names",
  "selected",
  "radius",
  "equal",
  "height",
  "xLabel",
  "yLabel",
] as const satisfies readonly (keyof ScatterOptions)[];

/**
 * Points coloured by class, with the classes' names among them. A point's `key` is its number.
 *
 * @throws ArgumentError for options that cannot be drawn; ShapeError for other shapes
 *
 * @example
 * ```ts
 * import { scatter } from "fovea/plot";
 * const scene = scatter({ title: "Two classes", points: [[0, 0], [0.1, 0.2], [1, 1]], classes: [0, 0, 1], names: ["cat", "dog"] });
 * ```
 */
export function scatter(options: ScatterOptions): Scene {
  const owner = "scatter";
  const frame = openFrame(owner, options, known, { title: "Points", width: 480 });
  const { theme, room } = frame;
  const { selected, radius = 3, equal = true, height = room, xLabel = "", yLabel = "" } = options;
  const { data, shape } = readGrid(owner, "points", options.points, 2, "[n, 2]");
  const count = shape[0]!;
  if (shape[1] !== 2 || count > 20_000)
    throw new ArgumentError(
      `${owner}: points has the shape [${shape.join(", ")}], expected [n, 2] with at most 20,000 points.`,
    );
  readNumber(owner, "radius", radius, 0.5, 20);
  readNumber(owner, "height", height, 20, 4096);
  readText(owner, "xLabel", xLabel);
  readText(owner, "yLabel", yLabel);
  if (selected !== undefined) readInteger(owner, "selected", selected, 0, count - 1);
  const classes = options.classes === undefined ? new Uint8Array(count) : readClasses(owner, options.classes, count);
  const classCount = 1 + Math.max(...classes);
  const names =
    options.names === undefined && options.classes === undefined
      ? [""]
      : readNames(owner, "names", options.names, Math.max(classCount, options.names?.length ?? 0));
  const xs = Float64Array.from({ length: count }, (_, i) => data[2 * i]!);
  const ys = Float64Array.from({ length: count }, (_, i) => data[2 * i + 1]!);
  const box = { x: margin, y: frame.top + (yLabel === "" ? 0 : 20), width: room, height };
  const inset = radius + 6;
  const [left, right, top, bottom] = [box.x + inset, box.x + room - inset, box.y + inset, box.y + height - inset];
  const [xEnds, yEnds] = endsOf(xs, ys, (right - left) / (bottom - top), readFlag(owner, "equal", equal));
  const across = linearScale(xEnds, [left, right], 4, true).place;
  const up = linearScale(yEnds, [bottom, top], 4, true).place;
  const color = (i: number) => theme.classes[classes[i]! % theme.classes.length]!;
  const shown = Array.from({ length: count }, (_, i) => i).filter(
    (i) => Number.isFinite(xs[i]) && Number.isFinite(ys[i]),
  );
  const dots = shown.map((i): Mark => {
    const name = names[classes[i]!]!;
    return {
      kind: "circle",
      x: across(xs[i]!),
      y: up(ys[i]!),
      radius,
      fill: color(i),
      opacity: 0.75,
      key: String(i),
      ...(name === "" ? {} : { label: name }),
    };
  });
  const labels = names.flatMap((name, each): Mark[] => {
    const members = shown.filter((i) => classes[i] === each);
    if (name === "" || members.length === 0) return [];
    const x = across(median(members.map((i) => xs[i]!)));
    const y = up(median(members.map((i) => ys[i]!)));
    return [
      {
        kind: "text",
        x,
        y: y + 6,
        text: name,
        size: sizes.title,
        weight: 600,
        fill: theme.ink,
        anchor: "middle",
        halo: theme.paper,
      },
    ];
  });
  const ring: Mark[] =
    selected === undefined || !shown.includes(selected)
      ? []
      : [
          {
            kind: "circle",
            x: across(xs[selected]!),
            y: up(ys[selected]!),
            radius: radius + 4,
            stroke: theme.accent,
            strokeWidth: 2.5,
          },
        ];
  const small = { kind: "text", size: sizes.small, fill: theme.soft } as const;
  const axes: Mark[] = [
    { kind: "rect", ...box, stroke: theme.line, radius: 4 },
    ...(yLabel === "" ? [] : [{ ...small, x: box.x, y: box.y - 7, text: yLabel }]),
    ...(xLabel === ""
      ? []
      : [{ ...small, x: box.x + room, y: box.y + height + 16, text: xLabel, anchor: "end" } as const]),
  ];
  const words = names.map(
    (name, each) => `${name === "" ? "points" : name}: ${shown.filter((i) => classes[i] === each).length}`,
  );
  return frame.finish(
    [...axes, ...dots, ...ring, ...labels],
    box.y + height + (xLabel === "" ? 0 : 18),
    `${words.join(", ")}.`,
  );
}

function readClasses(owner: string, given: unknown, count: number): ArrayLike<number> & Iterable<number> {
  const classes = Array.from(readNumbers(owner, "classes", given));
  if (classes.length !== count)
    throw new ArgumentError(`${owner}: classes has ${classes.length} numbers for ${count} points; give one for each.`);
  classes.forEach((value, i) => {
    readInteger(owner, `classes[${i}]`, value, 0, 999);
  });
  return classes;
}

/** Both extents; with one scale the shorter one is widened around its middle. */
function endsOf(
  xs: Float64Array,
  ys: Float64Array,
  ratio: number,
  equal: boolean,
): [readonly [number, number], readonly [number, number]] {
  const extent = (list: Float64Array): readonly [number, number] => extentOf(list) ?? [0, 1];
  const [x, y] = [extent(xs), extent(ys)];
  if (!equal) return [x, y];
  const [wide, high] = [x[1] - x[0], y[1] - y[0]];
  const around = ([low, end]: readonly [number, number], span: number) =>
    [(low + end - span) / 2, (low + end + span) / 2] as const;
  const span = Math.max(wide, high * ratio) || 1;
  return [around(x, span), around(y, span / ratio)];
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1]!;
}
