/** A network as boxes and arrows, as Keras's `plot_model` shows it. */
import { ArgumentError } from "../../base/errors.ts";
import { checkKeys } from "../../base/options.ts";
import { readChoice } from "./check.ts";
import { type FigureOptions, figureOptions, margin, openFrame } from "./frame.ts";
import { drawPart } from "./graph/boxes.ts";
import { countBoxes, type LayerPart, namesOf, type RankDir, rankDirs, readPart } from "./graph/part.ts";
import { placePart } from "./graph/placed-part.ts";
import type { Mark, Point, Scene } from "./scene.ts";

export interface LayerGraphOptions extends Omit<FigureOptions, "width">, LayerPart {
  /** In CSS pixels, 80 … 4096; what is wider is drawn smaller. Default: as wide as it must be. */
  readonly width?: number;
  /** From top to bottom "TB" (default) or "BT", from left to right "LR" or "RL". */
  readonly rankdir?: RankDir;
}

const known = ["boxes", "arrows", "inputs", "outputs", "rankdir"] as const;

/**
 * A network as boxes and arrows: each box has a head with a name, and rows of cells. Boxes stand in ranks, each below all that it
 * needs; arrows run at right angles. The picture is as large as it must be.
 *
 * @throws ArgumentError for an arrow to a box that is not there
 *
 * @example
 * ```ts
 * import { layerGraph, toSvg } from "fovea/plot";
 * const scene = layerGraph({
 *   boxes: [
 *     { name: "conv", note: "Conv2D", rows: [[{ label: "Output", value: "(None, 26, 26, 8)" }]] },
 *     { name: "relu", note: "ReLU" },
 *     { name: "add", note: "Add" },
 *   ],
 *   arrows: [{ from: 0, to: 1 }, { from: 1, to: 2 }, { from: 0, to: 2 }],
 * });
 * const svg = toSvg(scene);
 * ```
 */
export function layerGraph(options: LayerGraphOptions): Scene {
  const owner = "layerGraph";
  checkKeys(owner, options, [...known, ...figureOptions]);
  const { rankdir = "TB", boxes, arrows, inputs, outputs, ...figure } = options;
  readChoice(owner, "rankdir", rankdir, rankDirs);
  const part = readPart(owner, "", { boxes, arrows, ...(inputs && { inputs }), ...(outputs && { outputs }) });
  if (part.boxes.length === 0) throw new ArgumentError(`${owner}: boxes is empty, expected one box at least.`);
  const placed = placePart(part, rankdir, false);
  const natural = Math.ceil(Math.max(MIN_WIDTH, placed.width + 2 * margin));
  // A network may be wider than what other figures are allowed.
  const defaults = { title: "A network, layer by layer", width: Math.min(4096, natural) };
  const frame = openFrame(owner, figure, [], defaults);
  const width = options.width ?? natural;
  const scale = Math.min(1, (width - 2 * margin) / placed.width);
  const marks: Mark[] = [];
  drawPart(placed, rankdir, frame.theme, [0, 0], marks);
  const corner: Point = [(width - scale * placed.width) / 2, frame.top];
  const scene = frame.finish(
    marks.map((mark) => scaled(mark, scale, corner)),
    frame.top + scale * placed.height,
    `${countBoxes(part)} boxes: ${namesOf(part).join(", ")}.`,
  );
  return { ...scene, width };
}

/** The mark at another size, its origin at the corner. */
function scaled(mark: Mark, scale: number, [left, top]: Point): Mark {
  const at = ([x, y]: Point): Point => [left + scale * x, top + scale * y];
  if (mark.kind === "path")
    return { ...mark, lines: mark.lines.map((line) => line.map(at)), strokeWidth: scale * (mark.strokeWidth ?? 1) };
  const [x, y] = at([mark.x, mark.y]);
  if (mark.kind === "text") return { ...mark, x, y, size: scale * mark.size };
  if (mark.kind === "circle") return { ...mark, x, y, radius: scale * mark.radius };
  return { ...mark, x, y, width: scale * mark.width, height: scale * mark.height };
}

/** So that a heading has room. */
const MIN_WIDTH = 240;
