/** Layout of graphs: what holds of every graph, and what a chain and a residual block look like. */
import { describe, expect, test } from "vitest";
import { type LayoutNode, layoutGraph } from "../../../src/view/plot/graph/layout.ts";
import type { GraphEdge } from "../../../src/view/plot/graph/ranks.ts";
import { fc } from "../../properties.ts";

const box = (across = 100, along = 40): LayoutNode => ({ across, along });
const near = (a: number, b: number) => Math.abs(a - b) < 0.6;

/** Throws what a reader would see to be wrong. */
function checkLayout(nodes: readonly LayoutNode[], edges: readonly GraphEdge[]) {
  const layout = layoutGraph(nodes, edges);
  const boxes = layout.nodes.map(([x, y], i) => ({ x, y, right: x + nodes[i]!.across, bottom: y + nodes[i]!.along }));
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= -0.5 && a.y >= -0.5 && a.right <= layout.across + 0.5 && a.bottom <= layout.along + 0.5).toBe(true);
    for (const b of boxes.slice(i + 1))
      expect(a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom).toBe(false);
  }
  edges.forEach(({ from, to }, e) => {
    const line = layout.edges[e]!;
    const [start, end] = [line[0]!, line.at(-1)!];
    const [a, b] = [boxes[from]!, boxes[to]!];
    expect(near(start[1], a.bottom) && start[0] >= a.x && start[0] <= a.right).toBe(true);
    expect(near(end[1], b.y) && end[0] >= b.x && end[0] <= b.right).toBe(true);
    expect(a.bottom).toBeLessThan(b.y);
    line.slice(1).forEach(([x, y], i) => {
      const [x0, y0] = line[i]!;
      expect(near(x, x0) || near(y, y0)).toBe(true);
      for (const { x: left, y: top, right, bottom } of boxes) {
        const crosses =
          Math.max(x, x0) > left + 0.6 &&
          Math.min(x, x0) < right - 0.6 &&
          Math.max(y, y0) > top + 0.6 &&
          Math.min(y, y0) < bottom - 0.6;
        expect(crosses).toBe(false);
      }
    });
  });
  return { layout, boxes };
}

test("boxes lie apart, each below all that it needs, and no edge runs through a box", () => {
  const graph = fc.integer({ min: 1, max: 14 }).chain((count) =>
    fc.record({
      nodes: fc.array(
        fc.record({ across: fc.integer({ min: 40, max: 300 }), along: fc.integer({ min: 20, max: 90 }) }),
        {
          minLength: count,
          maxLength: count,
        },
      ),
      pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 24 }),
    }),
  );
  fc.assert(
    fc.property(graph, ({ nodes, pairs }) => {
      const edges = pairs.flatMap(([a, b]) => (a === b ? [] : [{ from: Math.min(a, b), to: Math.max(a, b) }]));
      checkLayout(nodes, edges);
    }),
    { numRuns: 150 },
  );
});

describe("what people expect", () => {
  test("a chain is one straight line", () => {
    const nodes = [box(100), box(240), box(60), box(180)];
    const { layout, boxes } = checkLayout(
      nodes,
      [0, 1, 2].map((from) => ({ from, to: from + 1 })),
    );
    expect(layout.edges.map((line) => line.length)).toEqual([2, 2, 2]);
    expect(new Set(boxes.map(({ x, right }) => Math.round(x + right))).size).toBe(1);
    expect(layout.across).toBe(240);
  });

  test("a residual block: the long way round is straight, the short way passes beside it", () => {
    const edges = [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 2, to: 3 },
      { from: 0, to: 3 },
    ];
    const { layout } = checkLayout([box(), box(), box(), box()], edges);
    expect(layout.edges.slice(0, 3).map((line) => line.length)).toEqual([2, 2, 2]);
    expect(layout.edges[3]!.length).toBe(6);
  });

  test("what needs nothing stands just above what needs it", () => {
    const edges = [
      { from: 0, to: 1 },
      { from: 1, to: 2 },
      { from: 3, to: 2 },
    ];
    const { boxes } = checkLayout([box(), box(), box(), box()], edges);
    expect(boxes[3]!.y).toBe(boxes[1]!.y);
  });

  test("a layer that is called on its own output has a loop, and a cycle is drawn", () => {
    const layout = layoutGraph(
      [box(), box()],
      [
        { from: 0, to: 0 },
        { from: 0, to: 1 },
        { from: 1, to: 0 },
      ],
    );
    expect(layout.edges.map((line) => line.length)).toEqual([4, 2, 2]);
    expect(layout.edges[2]!.at(-1)![1]).toBe(40);
  });
});
