import { expect, test } from "vitest";
import { type FigureLane, type RaceFigure, raceFigure } from "../../src/view/race-figure.ts";

const lane = (device: string, imagesPerSecond: number, more: Partial<FigureLane> = {}): FigureLane => ({
  device,
  description: `${device}, of some kind`,
  disguised: false,
  speed: { imagesPerSecond, medianMs: 32_000 / imagesPerSecond, p95Ms: 40_000 / imagesPerSecond },
  losses: [2, 1, 0.5],
  ...more,
});
const figure = (lanes: readonly FigureLane[], parity: RaceFigure["parity"] = undefined) =>
  raceFigure({ title: "A & B", subtitle: "300 steps.", lanes, parity });
const barLengths = (svg: string) =>
  [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="(\d+)" height="20"/g)].map(([, length]) => Number(length));

test("bars are as long as the devices are fast; names, speeds and step times stand beside them", () => {
  const svg = figure([lane("cpu", 2000), lane("gpu", 8000)]);
  const [cpu, gpu] = barLengths(svg);
  expect(gpu! / cpu!).toBeCloseTo(4, 1);
  expect(svg).toContain(">2,000 images/s</text>");
  expect(svg).toContain(">4.00 ms per step (median), 5.00 ms (p95)</text>");
  expect(svg).toContain(">gpu, of some kind</text>");
  expect(svg).not.toContain("disguise");
});

test("every device has its curve, in a colour of its own and, from the third on, a dash of its own", () => {
  const svg = figure([lane("a", 1), lane("b", 2), lane("c", 3), lane("d", 4)]);
  const strokes = [...svg.matchAll(/stroke="(#[\da-f]{6})" stroke-width="[\d.]+"( stroke-dasharray="[\d ]+")?/g)];
  // A curve and a line of the legend each.
  expect(strokes).toHaveLength(8);
  expect(new Set(strokes.map(([, color]) => color)).size).toBe(4);
  expect(strokes.filter(([, , dash]) => dash !== undefined)).toHaveLength(4);
});

test("a GPU that is the CPU says so; a device without a speed has no bar and says so", () => {
  const svg = figure([lane("cpu", 2000), lane("gpu", 30, { disguised: true })]);
  expect(svg).toContain("· this GPU is the CPU in disguise</text>");
  const unmeasured = figure([lane("cpu", 0, { speed: undefined })]);
  expect(unmeasured).toContain(">not measured</text>");
  expect(barLengths(unmeasured)).toEqual([0]);
});

test("the gap of the losses has a panel of its own, with the limit, where there is one", () => {
  const lanes = [lane("cpu", 1), lane("gpu", 2)];
  const svg = figure(lanes, { gaps: [0, 1e-6, 1e-2], tolerance: 1e-3 });
  expect(svg).toContain(">Relative gap between the losses of a step</text>");
  expect(svg).toContain(">the same numbers below this line</text>");
  expect(figure(lanes)).not.toContain("Relative gap");
  const heightOf = (text: string) => Number(/height="(\d+)" role/.exec(text)![1]);
  expect(heightOf(svg)).toBeGreaterThan(heightOf(figure(lanes)) + 100);
});

test("a document of its own that is well formed, says in words what it shows, and holds no broken number", () => {
  const svg = figure([lane("cpu", 2000), lane("gpu", 10, { losses: [2, Number.NaN], description: "<x>" })], {
    gaps: [0, Number.POSITIVE_INFINITY],
    tolerance: 1e-3,
  });
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 760 \d+" /);
  expect(svg).toContain("<title>A &amp; B</title>");
  expect(svg).toContain("cpu: 2,000 images/s, 16.00 ms per step (median), 20.00 ms (p95); loss 0.5000 in step 3.");
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  const open: string[] = [];
  for (const [, closing, name, single] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!single) open.push(name!);
  }
  expect(open).toEqual([]);
  expect(svg.endsWith("</svg>\n")).toBe(true);
});
