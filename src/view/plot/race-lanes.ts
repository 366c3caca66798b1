/** A race of devices: the speed of each, the losses of their steps in one panel, and the gap between them. */
import { ArgumentError } from "../../base/errors.ts";
import { formatCount, formatFixed, formatValue } from "../../base/format.ts";
import { belowAxis } from "./axes.ts";
import { type Numbers, readFlag, readList, readNumber, readNumbers, readText } from "./check.ts";
import { type FigureOptions, margin, openFrame } from "./frame.ts";
import { readLinePanel } from "./line-chart.ts";
import { type Curve, drawLinePanel } from "./line-panel.ts";
import type { Mark, Scene } from "./scene.ts";
import { cutText, textLength } from "./text.ts";
import { sizes, type Theme } from "./theme.ts";

/** What a device did; a lane of `race` of `fovea/insight` is one. */
export interface FigureLane {
  readonly device: string;
  /** Threads, instruction set, adapter. */
  readonly description: string;
  /** The GPU is a software renderer on the CPU. */
  readonly disguised: boolean;
  /** undefined: not measured. */
  readonly speed: { readonly imagesPerSecond: number; readonly medianMs: number; readonly p95Ms: number } | undefined;
  /** Loss of each step; a curve has gaps at values that are not finite. */
  readonly losses: Numbers;
}

/** A lane as it is drawn. */
interface Lane extends Omit<FigureLane, "losses"> {
  readonly losses: ArrayLike<number>;
}

export interface RaceLanesOptions extends FigureOptions {
  readonly lanes: readonly FigureLane[];
  /** Relative gap of the losses of each step, and the gap up to which they count as equal. */
  readonly parity?: { readonly gaps: Numbers; readonly tolerance: number } | undefined;
}

const rowHeight = 66;
const barHeight = 18;

/**
 * A bar for each device, as long as it is fast, then the losses of all devices, which should lie on top of each other, and the
 * relative gap between them on a logarithmic axis.
 *
 * @throws ArgumentError for options that cannot be drawn
 *
 * @example
 * ```ts
 * import { raceLanes, toSvg } from "fovea/plot";
 * const lane = { description: "two threads", disguised: false, speed: { imagesPerSecond: 4200, medianMs: 7.6, p95Ms: 8.1 } };
 * const scene = raceLanes({
 *   title: "CPU against GPU",
 *   lanes: [
 *     { ...lane, device: "cpu", losses: [2.3, 1.1, 0.6] },
 *     { ...lane, device: "gpu", losses: [2.3, 1.1, 0.6] },
 *   ],
 *   parity: { gaps: [0, 1e-7, 2e-6], tolerance: 1e-3 },
 * });
 * const svg = toSvg(scene);
 * ```
 */
export function raceLanes(options: RaceLanesOptions): Scene {
  const owner = "raceLanes";
  const frame = openFrame(owner, options, ["lanes", "parity"], { title: "A race of devices", width: 760 });
  const { theme, room } = frame;
  const lanes = readList(owner, "lanes", options.lanes, (item, at) => readLane(owner, at, item));
  const parity = options.parity === undefined ? undefined : readParity(owner, options.parity);
  const heading = (text: string, y: number): Mark => ({
    kind: "text",
    x: margin,
    y,
    text: cutText(text, sizes.text, room, 600),
    size: sizes.text,
    weight: 600,
    fill: theme.ink,
  });
  const barsAt = frame.top + 30;
  const lossAt = barsAt + lanes.length * rowHeight + 24;
  const lossHeight = 230 + belowAxis;
  const gapAt = lossAt + lossHeight + 32;
  const gapHeight = 120 + belowAxis;
  const losses = readLinePanel(
    owner,
    { series: lanes.map(({ device, losses }, i) => ({ name: device, values: losses, ...penOf(i) })) },
    theme,
  );
  const gaps =
    parity &&
    readLinePanel(
      owner,
      {
        series: [{ name: "", values: parity.gaps, lineWidth: 1.4 }],
        scale: "log",
        limits: [{ at: parity.tolerance, label: "the same numbers below this line" }],
      },
      theme,
    );
  const panelBox = { x: margin, width: room };
  const marks: Mark[] = [
    heading("Images per second: longer is faster", frame.top + 14),
    ...drawLanes(lanes, theme, { x: margin, y: barsAt, width: room }),
    heading("Loss of each batch: the curves should lie on top of each other", lossAt),
    ...drawLinePanel({ ...losses, curves: losses.curves.map(fadeFirst) }, theme, {
      ...panelBox,
      y: lossAt + 8,
      height: lossHeight,
    }),
    ...(gaps === undefined
      ? []
      : [
          heading("Relative gap between the losses of a step", gapAt),
          ...drawLinePanel(gaps, theme, { ...panelBox, y: gapAt + 8, height: gapHeight }),
        ]),
  ];
  const bottom = gaps === undefined ? lossAt + lossHeight : gapAt + gapHeight;
  return frame.finish(marks, bottom + 4, lanes.map(laneWords).join(" "));
}

/** The first line is wide and pale, so that the others are seen on top of it; dashes tell them apart without colour. */
const penOf = (lane: number) => ({ lineWidth: lane === 0 ? 6 : 1.6, dashed: lane > 1 });
const fadeFirst = (curve: Curve, lane: number): Curve => (lane === 0 ? { ...curve, opacity: 0.45 } : curve);

function readLane(owner: string, at: string, given: unknown): Lane {
  if (typeof given !== "object" || given === null)
    throw new ArgumentError(`${owner}: ${at} is ${formatValue(given)}, expected a lane, such as race() makes.`);
  const { device, description, disguised, speed, losses } = given as FigureLane;
  const numberOf = (name: "imagesPerSecond" | "medianMs" | "p95Ms") =>
    readNumber(
      owner,
      `${at}.speed.${name}`,
      (speed as unknown as Record<string, unknown> | null)?.[name],
      0,
      Number.MAX_VALUE,
    );
  return {
    device: readText(owner, `${at}.device`, device),
    description: readText(owner, `${at}.description`, description),
    disguised: readFlag(owner, `${at}.disguised`, disguised),
    speed:
      speed === undefined
        ? undefined
        : { imagesPerSecond: numberOf("imagesPerSecond"), medianMs: numberOf("medianMs"), p95Ms: numberOf("p95Ms") },
    losses: readNumbers(owner, `${at}.losses`, losses),
  };
}

function readParity(owner: string, given: unknown): { readonly gaps: ArrayLike<number>; readonly tolerance: number } {
  if (typeof given !== "object" || given === null)
    throw new ArgumentError(`${owner}: parity is ${formatValue(given)}, expected { gaps, tolerance }.`);
  const { gaps, tolerance } = given as { gaps?: unknown; tolerance?: unknown };
  return {
    gaps: readNumbers(owner, "parity.gaps", gaps),
    tolerance: readNumber(owner, "parity.tolerance", tolerance, 1e-30, 1e30),
  };
}

function drawLanes(
  lanes: readonly Lane[],
  theme: Theme,
  { x, y, width }: { x: number; y: number; width: number },
): Mark[] {
  // Where no lane has got anywhere, all bars are as short as they can be.
  const fastest = Math.max(Number.MIN_VALUE, ...lanes.map(({ speed }) => speed?.imagesPerSecond ?? 0));
  const values = lanes.map(({ speed }) =>
    speed === undefined ? "not measured" : `${formatCount(speed.imagesPerSecond)} images/s`,
  );
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map((text) => textLength(text, sizes.text, 600)));
  const before = Math.min(width * 0.3, widest(lanes.map(({ device }) => device)) + 16);
  const room = Math.max(8, width - before - widest(values) - 10);
  return lanes.flatMap(({ device, description, disguised, speed }, i): Mark[] => {
    const top = y + i * rowHeight;
    const length = speed === undefined ? 0 : Math.max(1, room * (speed.imagesPerSecond / fastest));
    const below = [
      ...(speed === undefined ? [] : [stepText(speed)]),
      ...(disguised ? ["this GPU is the CPU in disguise"] : []),
    ];
    const small = { kind: "text", x: x + before, size: sizes.small, fill: theme.soft } as const;
    const fill = theme.series[i % theme.series.length]!;
    return [
      {
        kind: "text",
        x,
        y: top + 14,
        text: cutText(device, sizes.text, before - 8, 600),
        size: sizes.text,
        fill: theme.ink,
        weight: 600,
      },
      ...(length === 0
        ? []
        : [
            {
              kind: "rect",
              x: x + before,
              y: top,
              width: length,
              height: barHeight,
              radius: Math.min(3, length / 2),
              fill,
              key: device,
              label: `${device}: ${values[i]}`,
            } as const,
          ]),
      {
        kind: "text",
        x: x + before + length + 8,
        y: top + 14,
        text: values[i]!,
        size: sizes.text,
        fill: theme.ink,
        weight: 600,
      },
      { ...small, y: top + 34, text: cutText(below.join(" · "), sizes.small, width - before) },
      { ...small, y: top + 50, text: cutText(description, sizes.small, width - before) },
    ];
  });
}

function stepText({ medianMs, p95Ms }: { readonly medianMs: number; readonly p95Ms: number }): string {
  return `${formatFixed(medianMs, 2)} ms per step (median), ${formatFixed(p95Ms, 2)} ms (p95)`;
}

function laneWords({ device, speed, losses }: Lane): string {
  const list = Array.from(losses);
  const last = list.at(-1);
  const loss = last === undefined ? "no step" : `loss ${formatFixed(last, 4)} in step ${formatCount(list.length)}`;
  const rate =
    speed === undefined ? "speed not measured" : `${formatCount(speed.imagesPerSecond)} images/s, ${stepText(speed)}`;
  return `${device}: ${rate}; ${loss}.`;
}
