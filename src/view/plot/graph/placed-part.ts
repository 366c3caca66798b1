/** Boxes with their sizes and places. */
import type { Point } from "../scene.ts";
import { textLength } from "../text.ts";
import { sizes } from "../theme.ts";
import { layoutGraph } from "./layout.ts";
import type { LayerBox, LayerCell, LayerPart, RankDir } from "./part.ts";
import type { GraphEdge } from "./ranks.ts";

/** A part whose boxes have their places, from its own corner. */
export interface PlacedPart {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  readonly lines: readonly { readonly points: readonly Point[]; readonly hasHead: boolean }[];
  /** Where the inputs come in and the outputs go out, along the edge of the first and the last rank. */
  readonly entries: readonly number[];
  readonly exits: readonly number[];
}

export interface PlacedBox {
  readonly box: LayerBox;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly inside: PlacedPart | undefined;
}

export const HEAD = 34;
export const ROW = 32;
export const PAD = 13;
/** Estimated widths of texts are short where the font is a wide one. */
const WIDE = 1.1;

export const isWide = (rankdir: RankDir): boolean => rankdir === "LR" || rankdir === "RL";
export const isTurned = (rankdir: RankDir): boolean => rankdir === "BT" || rankdir === "RL";

/** Around the boxes of a frame. Its label stands at the top; where arrows come in, they have room themselves. */
const insetsOf = (rankdir: RankDir) =>
  isWide(rankdir) ? { side: 4, top: 34, bottom: 16 } : { side: 16, top: 10, bottom: 4 };

/** Where the boxes inside of a frame begin, from its corner. */
export function insideOf(rankdir: RankDir, frame: { readonly width: number }, inside: PlacedPart): Point {
  return [(frame.width - inside.width) / 2, insetsOf(rankdir).top];
}

/** @param isInside whether the inputs and outputs come from outside */
export function placePart(part: LayerPart, rankdir: RankDir, isInside: boolean): PlacedPart {
  const { boxes, arrows, inputs = [], outputs = [] } = part;
  const insides = boxes.map(({ inside }) => (inside === undefined ? undefined : placePart(inside, rankdir, true)));
  const boxSizes = boxes.map((box, i) => sizeOfBox(box, insides[i], rankdir));
  const [wide, reversed] = [isWide(rankdir), isTurned(rankdir)];
  const turned = ({ width, height }: { width: number; height: number }) =>
    wide ? { across: height, along: width } : { across: width, along: height };
  /** Where a port of a box is, from its middle. */
  const portOf = (box: number, places: "entries" | "exits", port: number): number | undefined => {
    const inside = insides[box];
    const place = inside?.[places][port];
    if (inside === undefined || place === undefined) return undefined;
    const [x, y] = insideOf(rankdir, boxSizes[box]!, inside);
    return (wide ? y : x) + place - turned(boxSizes[box]!).across / 2;
  };
  // Terminals are nodes without a size.
  const terminals = isInside ? [...inputs, ...outputs] : [];
  const first = terminals.slice(0, inputs.length).map((_, i) => boxes.length + i);
  const last = terminals.slice(inputs.length).map((_, i) => boxes.length + inputs.length + i);
  const edges: GraphEdge[] = [
    ...arrows.map(({ from, to, output = 0, input = 0 }) => ({
      from,
      to,
      leaves: portOf(from, "exits", output),
      arrives: portOf(to, "entries", input),
    })),
    ...first.map((from, i) => ({ from, to: inputs[i]!, arrives: portOf(inputs[i]!, "entries", 0) })),
    ...last.map((to, i) => ({ from: outputs[i]!, to, leaves: portOf(outputs[i]!, "exits", 0) })),
  ];
  const nodes = [...boxSizes.map(turned), ...terminals.map(() => ({ across: 0, along: 0 }))];
  const layout = layoutGraph(nodes, edges, { first, last });
  const [width, height] = wide ? [layout.along, layout.across] : [layout.across, layout.along];
  const pointOf = ([across, along]: Point): Point => {
    const depth = reversed ? layout.along - along : along;
    return wide ? [depth, across] : [across, depth];
  };
  const placed = boxes.map((box, i): PlacedBox => {
    const [x, y] = pointOf(layout.nodes[i]!);
    const size = boxSizes[i]!;
    return {
      box,
      x: reversed && wide ? x - size.width : x,
      y: reversed && !wide ? y - size.height : y,
      ...size,
      inside: insides[i],
    };
  });
  const lastNode = new Set(last);
  const lines = edges.map(({ to }, i) => ({
    points: layout.edges[i]!.map(pointOf),
    // Where an arrow goes on inside of a frame, it has its head there.
    hasHead: !lastNode.has(to) && insides[to] === undefined,
  }));
  const places = (numbers: readonly number[]) => numbers.map((node) => layout.nodes[node]![0]);
  return { width, height, boxes: placed, lines, entries: places(first), exits: places(last) };
}

export const cellWidth = ({ label = "", value }: LayerCell) =>
  2 * PAD + WIDE * (textLength(label, sizes.text) + textLength(value, sizes.text, 600));

const headWidth = ({ name, note }: LayerBox) =>
  2 * PAD +
  WIDE * (textLength(name, sizes.heading, 600) + (note === undefined ? 0 : textLength(` (${note})`, sizes.heading)));

function sizeOfBox(box: LayerBox, inside: PlacedPart | undefined, rankdir: RankDir): { width: number; height: number } {
  const rows = box.rows ?? [];
  if (inside !== undefined) {
    const { side, top, bottom } = insetsOf(rankdir);
    return { width: Math.max(inside.width + 2 * side, headWidth(box)), height: inside.height + top + bottom };
  }
  const widths = rows.map((row) => row.reduce((sum, cell) => sum + cellWidth(cell), 0));
  return { width: Math.ceil(Math.max(headWidth(box), ...widths)), height: HEAD + ROW * rows.length };
}
