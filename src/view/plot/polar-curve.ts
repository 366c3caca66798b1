/** Responses by angle: the orientation tuning of units, as Hubel and Wiesel (1959) measured it. */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys, refuseOption } from "../../base/options.ts";
import { type Numbers, readChoice, readInteger, readList, readNumbers, readText } from "./check.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { extentOf, formatShort, LARGEST } from "./scale.ts";
import type { Mark, Point, Scene } from "./scene.ts";
import { cutText } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** One unit. */
export interface PolarUnit {
  /** Stands below the curve if there is room. */
  readonly name: string;
  /** One response for each angle, evenly spaced from 0; not negative. */
  readonly values: Numbers;
  /** The same before training, drawn as a dashed line. */
  readonly before?: Numbers;
}

/** A unit as it is drawn. */
interface Unit {
  readonly name: string;
  readonly values: ArrayLike<number>;
  readonly before: ArrayLike<number> | undefined;
}

export interface PolarCurveOptions extends FigureOptions {
  readonly units: readonly PolarUnit[];
  /** What the angles cover, in degrees: 180 (default) for orientations, which are the same after half a turn, or 360. */
  readonly period?: 180 | 360;
  /** "own" (default): the largest response of each unit reaches the circle. "shared": the largest of all does. */
  readonly scaling?: "own" | "shared";
  /** Curves in a row. Default: as many as have room, at most 8. */
  readonly columns?: number;
  /** Number of the unit in the accent colour. */
  readonly selected?: number;
}

const known = [
  "units",
  "period",
  "scaling",
  "columns",
  "selected",
] as const satisfies readonly (keyof PolarCurveOptions)[];

/**
 * A closed curve for each unit: the angle is the stimulus's, counted from the right against the clock, the distance from the centre
 * is the response. A unit's `key` is its number.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { polarCurve } from "fovea/plot";
 * const values = Array.from({ length: 36 }, (_, i) => Math.cos((i * Math.PI) / 36) ** 4); // prefers 0 degrees
 * const scene = polarCurve({ title: "A unit that prefers horizontal bars", units: [{ name: "unit 3", values }] });
 * ```
 */
export function polarCurve(options: PolarCurveOptions): Scene {
  const owner = "polarCurve";
  const count = Array.isArray(options?.units) ? options.units.length : 1;
  const frame = openFrame(owner, options, known, { title: "Responses by angle", width: count === 1 ? 280 : 640 });
  const { period = 180, scaling = "own", selected } = options;
  if (period !== 180 && period !== 360)
    refuseOption(owner, "period", period, "180 (orientations) or 360 (directions), in degrees");
  readChoice(owner, "scaling", scaling, ["own", "shared"]);
  const units = readList(owner, "units", options.units, (item, at) => readUnit(owner, at, item));
  if (units.length === 0) throw new ArgumentError(`${owner}: units is empty, expected at least one unit.`);
  if (selected !== undefined) readInteger(owner, "selected", selected, 0, units.length - 1);
  const { columns = Math.max(1, Math.min(units.length, 8, Math.floor(frame.room / 64))) } = options;
  readInteger(owner, "columns", columns, 1, Math.max(1, Math.floor(frame.room / 20)));
  const gap = columns === 1 ? 0 : 10;
  const side = (frame.room - gap * (columns - 1)) / columns;
  const named = side >= 44;
  const row = side + (named ? 20 : gap);
  const all = extentOf(...units.flatMap(({ values, before }) => (before === undefined ? [values] : [values, before])));
  const marks = units.flatMap((unit, i) => {
    const most =
      scaling === "shared"
        ? all
        : extentOf(...(unit.before === undefined ? [unit.values] : [unit.values, unit.before]));
    const centre: Point = [
      margin + (i % columns) * (side + gap) + side / 2,
      frame.top + Math.floor(i / columns) * row + side / 2,
    ];
    const place: Place = { centre, radius: side / 2 - 1, largest: most?.[1] ?? 0, period, named };
    return drawUnit(unit, String(i), place, i === selected, frame.theme);
  });
  const bottom = frame.top + Math.ceil(units.length / columns) * row - (named ? 4 : gap);
  return frame.finish(marks, bottom, unitWords(units, period));
}

function readUnit(owner: string, at: string, given: unknown): Unit {
  checkKeys(`${owner} ${at}`, given as object, ["name", "values", "before"]);
  const { name, values, before } = given as PolarUnit;
  const read = (what: string, list: unknown) => {
    const numbers = readNumbers(owner, `${at}.${what}`, list);
    if (numbers.length < 3 || numbers.length > 3600)
      throw new ArgumentError(
        `${owner}: ${at}.${what} has ${numbers.length} responses, expected 3 to 3600, one for each angle.`,
      );
    for (let i = 0; i < numbers.length; i++)
      if (!(numbers[i]! >= 0 && numbers[i]! < LARGEST))
        throw new ArgumentError(
          `${owner}: ${at}.${what}[${i}] is ${numbers[i]}, expected a finite response, 0 or more.`,
        );
    return numbers;
  };
  return {
    name: readText(owner, `${at}.name`, name),
    values: read("values", values),
    before: before === undefined ? undefined : read("before", before),
  };
}

/** Where a unit is drawn, and how far its responses reach. */
interface Place {
  readonly centre: Point;
  readonly radius: number;
  /** The response that reaches the circle. */
  readonly largest: number;
  readonly period: 180 | 360;
  readonly named: boolean;
}

/** The curve around the centre: twice over for a period of half a turn. */
function curvePoints(values: ArrayLike<number>, { centre: [cx, cy], radius, largest, period }: Place): Point[] {
  const turns = 360 / period;
  return Array.from({ length: values.length * turns }, (_, i) => {
    const angle = (i * 2 * Math.PI) / (values.length * turns);
    const distance = largest === 0 ? 0 : (radius * values[i % values.length]!) / largest;
    return [cx + distance * Math.cos(angle), cy - distance * Math.sin(angle)];
  });
}

function drawUnit(
  { name, values, before }: Unit,
  key: string,
  place: Place,
  isSelected: boolean,
  theme: Theme,
): Mark[] {
  const { centre, radius, period, named } = place;
  const [x, y] = centre;
  const color = isSelected ? theme.accent : theme.ink;
  const label = `${name}: largest response ${formatShort(extentOf(values)![1])} at ${formatShort(preferred(values, period))} degrees`;
  const shape = { kind: "path", lines: [curvePoints(values, place)], closed: true } as const;
  return [
    { kind: "circle", x, y, radius, stroke: theme.line, fill: theme.paper, key, label },
    {
      kind: "path",
      lines: [
        [
          [x - radius, y],
          [x + radius, y],
        ],
        [
          [x, y - radius],
          [x, y + radius],
        ],
      ],
      stroke: theme.line,
    },
    ...(before === undefined
      ? []
      : [
          {
            kind: "path",
            lines: [curvePoints(before, place)],
            closed: true,
            stroke: theme.soft,
            dash: [3, 2.5],
            strokeWidth: 1,
          } as const,
        ]),
    { ...shape, fill: color, opacity: 0.16 },
    { ...shape, stroke: color, strokeWidth: isSelected ? 2 : 1.4 },
    ...(named && name !== ""
      ? [
          {
            kind: "text",
            x,
            y: y + radius + 14,
            text: cutText(name, sizes.small, 2 * radius + 8),
            size: sizes.small,
            fill: isSelected ? theme.accent : theme.soft,
            anchor: "middle",
          } as const,
        ]
      : []),
  ];
}

/** The angle of the largest response, in degrees. */
function preferred(values: ArrayLike<number>, period: number): number {
  const list = Array.from(values);
  return (list.indexOf(Math.max(...list)) * period) / list.length;
}

function unitWords(units: readonly Unit[], period: number): string {
  const shown = units.slice(0, 12).map(({ name, values }) => {
    return `${name}: largest response ${formatShort(extentOf(values)![1])} at ${formatShort(preferred(values, period))} degrees.`;
  });
  return [...shown, ...(units.length > 12 ? [`And ${units.length - 12} more.`] : [])].join(" ");
}
