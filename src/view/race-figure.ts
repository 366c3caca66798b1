/** A race of devices as a figure: the speed of each device, and the losses of their steps in one panel. */
import { formatCount, formatFixed, truncateText } from "../base/format.ts";
import { escapeXml, type Line, linePanel } from "./line-panel.ts";

export interface FigureLane {
  readonly device: string;
  readonly description: string;
  /** The GPU is a software renderer on the CPU. */
  readonly disguised: boolean;
  /** undefined: not measured. */
  readonly speed: { readonly imagesPerSecond: number; readonly medianMs: number; readonly p95Ms: number } | undefined;
  /** Loss of each step; a curve has gaps at values that are not finite. */
  readonly losses: readonly number[];
}

export interface RaceFigure {
  readonly title: string;
  readonly subtitle: string;
  readonly lanes: readonly FigureLane[];
  /** Relative gap of the losses of each step, and the gap up to which they count as equal. */
  readonly parity: { readonly gaps: readonly number[]; readonly tolerance: number } | undefined;
}

const width = 760;
const margin = 28;
/** Left edge of bars and panels: room for names and tick labels. */
const left = 108;
const rowHeight = 68;
const barHeight = 20;
const barRoom = width - margin - left - 150;
const lossHeight = 230;
const gapHeight = 130;

/**
 * Okabe and Ito's colours (2008), which people with any colour vision can distinguish; dashes distinguish them without colour.
 */
const pens: readonly Omit<Line, "values">[] = [
  { color: "#56b4e9", width: 5, opacity: 0.7 },
  { color: "#d55e00", width: 1.6 },
  { color: "#009e73", width: 1.6, dash: "7 4" },
  { color: "#cc79a7", width: 1.6, dash: "2 3" },
];

const style =
  "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:#1a1a1a}" +
  ".title{font-size:20px;font-weight:600}.heading{font-size:14px;font-weight:600}.name{font-size:14px}" +
  ".small{font-size:11.5px;fill:#555}.value{font-size:14px;font-weight:600}" +
  ".grid{stroke:#e4e4e4;fill:none}.axis{stroke:#777;fill:none}.mark{stroke:#555;stroke-dasharray:3 3;fill:none}";

/** A complete SVG document that ends with "\n"; its description states the content in words. */
export function raceFigure({ title, subtitle, lanes, parity }: RaceFigure): string {
  const barsAt = 112;
  const lossAt = barsAt + lanes.length * rowHeight + 36;
  const gapAt = lossAt + lossHeight + 88;
  const height = parity === undefined ? lossAt + lossHeight + 52 : gapAt + gapHeight + 52;
  const box = { x: left, width: width - margin - left };
  const text = (x: number, y: number, kind: string, content: string) =>
    `<text x="${x}" y="${y}" class="${kind}">${escapeXml(content)}</text>`;
  const body = [
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml([subtitle, ...lanes.map(laneInWords)].join(" "))}</desc>`,
    `<style>${style}</style>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    text(margin, 38, "title", title),
    text(margin, 60, "small", subtitle),
    text(left, barsAt - 18, "heading", "Images per second: longer is faster"),
    ...bars(lanes, barsAt, text),
    linePanel({
      box: { ...box, y: lossAt, height: lossHeight },
      title: "Loss of each batch: the curves should lie on top of each other",
      xLabel: "step",
      scale: "linear",
      lines: lanes.map(({ losses }, i) => ({ ...penOf(i), values: losses })),
    }),
    legend(lanes, lossAt, text),
    ...(parity === undefined
      ? []
      : [
          linePanel({
            box: { ...box, y: gapAt, height: gapHeight },
            title: "Relative gap between the losses of a step",
            xLabel: "step",
            scale: "log",
            lines: [{ values: parity.gaps, color: "#444", width: 1.4 }],
            mark: { value: parity.tolerance, label: "the same numbers below this line" },
          }),
        ]),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">\n` +
    `${body.join("\n")}\n</svg>\n`
  );
}

type WriteText = (x: number, y: number, kind: string, content: string) => string;

const penOf = (lane: number) => pens[lane % pens.length]!;

function bars(lanes: readonly FigureLane[], top: number, text: WriteText): string[] {
  const fastest = Math.max(...lanes.map(({ speed }) => speed?.imagesPerSecond ?? 0));
  return lanes.flatMap(({ device, description, disguised, speed }, i) => {
    const y = top + i * rowHeight;
    const length = speed === undefined ? 0 : Math.max(1, Math.round((barRoom * speed.imagesPerSecond) / fastest));
    const value = speed === undefined ? "not measured" : `${formatCount(speed.imagesPerSecond)} images/s`;
    const times = speed === undefined ? [] : [stepText(speed)];
    const below = [...times, ...(disguised ? ["this GPU is the CPU in disguise"] : [])].join(" · ");
    return [
      text(margin, y + 15, "name", device),
      `<rect x="${left}" y="${y}" width="${length}" height="${barHeight}" fill="${penOf(i).color}"/>`,
      text(left + length + 8, y + 15, "value", value),
      text(left, y + 36, "small", below),
      text(left, y + 52, "small", truncateText(description, 100)),
    ];
  });
}

function stepText({ medianMs, p95Ms }: { readonly medianMs: number; readonly p95Ms: number }): string {
  return `${formatFixed(medianMs, 2)} ms per step (median), ${formatFixed(p95Ms, 2)} ms (p95)`;
}

function laneInWords({ device, speed, losses }: FigureLane): string {
  const last = losses.at(-1);
  const loss = last === undefined ? "no step" : `loss ${formatFixed(last, 4)} in step ${formatCount(losses.length)}`;
  const rate =
    speed === undefined ? "speed not measured" : `${formatCount(speed.imagesPerSecond)} images/s, ${stepText(speed)}`;
  return `${device}: ${rate}; ${loss}.`;
}

/** In the upper right corner of the losses panel, where falling curves leave room. */
function legend(lanes: readonly FigureLane[], top: number, text: WriteText): string {
  const x = width - margin - 130;
  return lanes
    .flatMap(({ device }, i) => {
      const y = top + 12 + i * 20;
      const { color, width: stroke, dash, opacity = 1 } = penOf(i);
      const dashes = dash === undefined ? "" : ` stroke-dasharray="${dash}"`;
      return [
        `<path d="M${x} ${y}h34" fill="none" stroke="${color}" stroke-width="${stroke}"${dashes} stroke-opacity="${opacity}"/>`,
        text(x + 42, y + 5, "name", device),
      ];
    })
    .join("\n");
}
