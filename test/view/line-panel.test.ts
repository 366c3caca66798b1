import { describe, expect, test } from "vitest";
import { escapeXml, type LinePanel, linePanel, niceStep } from "../../src/view/line-panel.ts";

const box = { x: 100, y: 10, width: 300, height: 80 };
const panel = (values: readonly number[], more: Partial<LinePanel> = {}) =>
  linePanel({
    box,
    title: "T",
    xLabel: "step",
    scale: "linear",
    lines: [{ values, color: "#123456", width: 2 }],
    ...more,
  });
const pathOf = (svg: string) => /<path d="([^"]*)" fill="none" stroke="#123456"/.exec(svg)![1];

test("steps of axes are 1, 2 or 5 times a power of ten", () => {
  expect([niceStep(3, 4), niceStep(60, 6), niceStep(300, 6), niceStep(0.7, 4), niceStep(0.9, 4)]).toEqual([
    1,
    10,
    50,
    expect.closeTo(0.2, 12),
    expect.closeTo(0.5, 12),
  ]);
});

test("what XML reads as its own is escaped", () => {
  expect(escapeXml('a<b> & "c"')).toBe("a&lt;b&gt; &amp; &quot;c&quot;");
  expect(panel([1], { title: "<T>" })).toContain(">&lt;T&gt;</text>");
});

describe("a linear panel", () => {
  test("begins at 0, ends at a round number, and spreads the steps over its width", () => {
    // 0 … 4 over y = 90 … 10.
    expect(pathOf(panel([4, 2, 0, 1]))).toBe("M100 10L200 50L300 90L400 70");
    expect([...panel([4, 2, 0, 1]).matchAll(/text-anchor="end">([\d.]+)</g)].map(([, label]) => label)).toEqual([
      "0",
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  test("the line is broken where there is no finite number", () => {
    expect(pathOf(panel([4, Number.NaN, 0, 1, Number.POSITIVE_INFINITY, 4]))).toMatch(/^M100 10M220 90L280 70M400 10$/);
  });

  test("one value, none, and values of 0 draw a panel all the same", () => {
    expect(pathOf(panel([1]))).toBe("M100 10");
    expect(pathOf(panel([]))).toBe("");
    expect(pathOf(panel([0, 0]))).toBe("M100 90L400 90");
    for (const values of [[1], [], [0, 0]]) expect(panel(values)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("a logarithmic panel", () => {
  test("whole powers of ten, 0 on the lower edge, the mark at its value", () => {
    const svg = panel([1e-7, 0, 1e-5], { scale: "log", mark: { value: 1e-3, label: "limit" } });
    // 1e-7 … 1e-3 over y = 90 … 10.
    expect(pathOf(svg)).toBe("M100 90L250 90L400 50");
    expect(svg).toContain('<path d="M100 10h300" class="mark"/>');
    expect(svg).toMatch(/>1e-7<.*>1e-6<.*>1e-5<.*>1e-4<.*>1e-3</s);
  });

  test("no gap at all, and an infinite one", () => {
    for (const values of [[0, 0], [], [1e-3, Number.POSITIVE_INFINITY]])
      expect(panel(values, { scale: "log", mark: { value: 1e-3, label: "limit" } })).not.toMatch(/NaN|Infinity/);
  });
});
