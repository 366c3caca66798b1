import { histogram, lineChart, markAt, polarCurve, raceLanes, type Scene, themes, toSvg } from "fovea/plot";
import { describe, expect, test } from "vitest";
import { of, textsOf } from "./samples.ts";

describe("lineChart", () => {
  const { series } = themes.light;
  const linesOf = (scene: Scene, color: string) => of(scene, "path").filter(({ stroke }) => stroke === color);

  test("values lie on the scale of the ticks; names and last values stand at the ends", () => {
    const scene = lineChart({ series: [{ name: "loss", values: [4, 2, 0, 1] }], width: 400 });
    const [line] = linesOf(scene, series[0]!);
    const [points] = line!.lines;
    const tickAt = (label: string) =>
      of(scene, "text").find(({ text, anchor }) => text === label && anchor === "end")!.y - 4;
    for (const [i, value] of [4, 2, 0, 1].entries()) expect(points![i]![1]).toBeCloseTo(tickAt(String(value)), 6);
    const steps = points!.map(([x]) => x);
    expect(steps[1]! - steps[0]!).toBeCloseTo(steps[3]! - steps[2]!, 6);
    expect(textsOf(scene)).toContain("loss 1");
    expect(scene.description).toContain("loss: 4 values, from 4 to 1 at step 4; smallest 0, largest 4.");
  });

  test("a smooth line has the raw one, faint, behind it", () => {
    const values = Array.from({ length: 50 }, (_, i) => (i % 2) + 1);
    const lines = linesOf(lineChart({ series: [{ name: "a", values, smoothing: 0.9 }] }), series[0]!);
    expect(lines.map(({ opacity }) => opacity)).toEqual([0.3, undefined]);
    const spread = (line: (typeof lines)[number]) => {
      const ys = line.lines.flat().map(([, y]) => y);
      return Math.max(...ys.slice(4)) - Math.min(...ys.slice(4));
    };
    expect(spread(lines[1]!)).toBeLessThan(spread(lines[0]!) / 2);
  });

  test("a long run is two points for each pixel", () => {
    const values = Float32Array.from({ length: 200_000 }, (_, i) => Math.sin(i));
    const scene = lineChart({ series: [{ name: "a", values }] });
    expect(linesOf(scene, series[0]!)[0]!.lines.flat().length).toBeLessThan(2 * scene.width);
  });

  test("points are circles at their x; epochs have whole ticks", () => {
    const scene = lineChart({ series: [{ name: "v", values: [3, 2, 1], x: [10, 20, 30], points: true }] });
    const circles = of(scene, "circle");
    expect(circles).toHaveLength(3);
    expect(circles[1]!.x - circles[0]!.x).toBeCloseTo(circles[2]!.x - circles[1]!.x, 6);
    expect(circles[1]!.label).toBe("v 2 at 20");
    const epochs = lineChart({ series: [{ name: "v", values: [5, 4, 3] }], xLabel: "epoch" });
    expect(
      of(epochs, "text")
        .filter(({ anchor }) => anchor === "middle")
        .map(({ text }) => text),
    ).toEqual(["1", "2", "3"]);
  });

  test("names at the ends do not touch, however near the lines are", () => {
    const runs = Array.from({ length: 6 }, (_, i) => ({ name: `run ${i}`, values: [1, 0.001 * i] }));
    const labels = of(lineChart({ series: runs }), "text").filter(({ text }) => text.startsWith("run"));
    const ys = labels.map(({ y }) => y).sort((a, b) => a - b);
    expect(ys).toHaveLength(6);
    for (let i = 1; i < ys.length; i++) expect(ys[i]! - ys[i - 1]!).toBeGreaterThanOrEqual(16.9);
  });

  test("a place between the axes finds the nearest of the choices", () => {
    const scene = lineChart({
      series: [{ name: "", values: [0, 10, 20, 30, 40] }],
      choices: [4, 1, 2, 2, 99, Number.NaN],
    });
    const bands = of(scene, "rect").filter(({ key }) => key !== undefined);
    expect(bands.map(({ key }) => key)).toEqual(["1", "2", "4"]);
    const [left, right] = [bands[0]!.x, bands[2]!.x + bands[2]!.width];
    const keyAt = (step: number) => markAt(scene, left + ((right - left) * (step - 1)) / 4, bands[0]!.y + 5)?.key;
    expect([1, 1.4, 1.6, 2.9, 3.1, 4.9].map(keyAt)).toEqual(["1", "1", "2", "2", "4", "4"]);
    expect(bands[2]!.label).toBe("step 4");
  });

  test("the cursor has a ring on each line at its step", () => {
    const scene = lineChart({ series: [{ name: "a", values: [0, 10, 20, 30] }], cursor: 3 });
    const [ring] = of(scene, "circle").filter(({ stroke }) => stroke === themes.light.accent);
    const [points] = linesOf(scene, series[0]!)[0]!.lines;
    expect([ring!.x, ring!.y]).toEqual([points![2]![0], points![2]![1]]);
  });

  test("a logarithmic axis has whole powers of ten", () => {
    const scene = lineChart({ series: [{ name: "", values: [1e-5, 1e-3] }], scale: "log" });
    expect(textsOf(scene)).toEqual(expect.arrayContaining(["1e-5", "1e-4", "0.001"]));
  });

  test("nothing at all is a panel all the same", () => {
    for (const values of [[], [Number.NaN], [5]])
      expect(of(lineChart({ series: [{ name: "a", values }] }), "text").length).toBeGreaterThan(2);
    expect(of(lineChart({ series: [] }), "path").length).toBeGreaterThan(0);
  });
});

describe("raceLanes", () => {
  const lane = (device: string, imagesPerSecond: number, more: object = {}) => ({
    device,
    description: `${device}, of some kind`,
    disguised: false,
    speed: { imagesPerSecond, medianMs: 32_000 / imagesPerSecond, p95Ms: 40_000 / imagesPerSecond },
    losses: [2, 1, 0.5],
    ...more,
  });

  test("bars are as long as the devices are fast; names, speeds and step times stand beside them", () => {
    const scene = raceLanes({ lanes: [lane("cpu", 2000), lane("gpu", 8000)] });
    const [cpu, gpu] = of(scene, "rect");
    expect(gpu!.width / cpu!.width).toBeCloseTo(4, 8);
    const beside = ["2,000 images/s", "4.00 ms per step (median), 5.00 ms (p95)", "gpu, of some kind"];
    expect(textsOf(scene)).toEqual(expect.arrayContaining(beside));
    expect(scene.description).toBe(
      "cpu: 2,000 images/s, 16.00 ms per step (median), 20.00 ms (p95); loss 0.5000 in step 3. " +
        "gpu: 8,000 images/s, 4.00 ms per step (median), 5.00 ms (p95); loss 0.5000 in step 3.",
    );
  });

  test("every device has a curve of its own colour, the first wide, from the third on dashed", () => {
    const scene = raceLanes({ lanes: ["a", "b", "c", "d"].map((name) => lane(name, 1)) });
    const curves = of(scene, "path").filter(({ stroke }) => themes.light.series.includes(stroke!));
    expect(new Set(curves.map(({ stroke }) => stroke)).size).toBe(4);
    expect(curves.map(({ dash }) => dash !== undefined)).toEqual([false, false, true, true]);
    expect(curves[0]!.strokeWidth!).toBeGreaterThan(curves[1]!.strokeWidth!);
  });

  test("a GPU that is the CPU says so; a device without a speed has no bar and says so", () => {
    const disguised = raceLanes({ lanes: [lane("gpu", 30, { disguised: true })] });
    expect(textsOf(disguised).join()).toContain("· this GPU is the CPU in disguise");
    const speed = { imagesPerSecond: 0, medianMs: 1, p95Ms: 1 };
    const standing = raceLanes({ lanes: [lane("cpu", 0, { speed }), lane("gpu", 0, { speed })] });
    expect(toSvg(standing)).not.toContain("NaN");
    const unmeasured = raceLanes({ lanes: [lane("cpu", 0, { speed: undefined })] });
    expect(textsOf(unmeasured)).toContain("not measured");
    expect(of(unmeasured, "rect")).toEqual([]);
  });

  test("the gap has a panel of its own, with the limit, where there is one", () => {
    const lanes = [lane("cpu", 1), lane("gpu", 2)];
    const scene = raceLanes({ lanes, parity: { gaps: [0, 1e-6, 1e-2], tolerance: 1e-3 } });
    const words = ["Relative gap between the losses of a step", "the same numbers below this line"];
    expect(textsOf(scene)).toEqual(expect.arrayContaining(words));
    expect(scene.height).toBeGreaterThan(raceLanes({ lanes }).height + 100);
  });
});

describe("polarCurve", () => {
  test("an orientation is drawn twice, half a turn apart; the largest response reaches the circle", () => {
    const scene = polarCurve({ units: [{ name: "u", values: [2, 1, 0, 1] }], width: 132 });
    const { x, y, radius } = of(scene, "circle")[0]!;
    const [points] = of(scene, "path").at(-1)!.lines;
    const distances = points!.map(([px, py]) => Math.hypot(px - x, py - y) / radius);
    expect(distances).toEqual([1, 0.5, 0, 0.5, 1, 0.5, 0, 0.5].map((value) => expect.closeTo(value, 10)));
    const degrees = points!.map(([px, py]) => Math.round((Math.atan2(y - py, px - x) * 180) / Math.PI + 360) % 360);
    expect(degrees.filter((_, i) => distances[i]! > 1e-9)).toEqual([0, 45, 135, 180, 225, 315]);
    expect(scene.description).toBe("u: largest response 2 at 0 degrees.");
  });

  test("a direction is drawn once; before training is dashed", () => {
    const units = [{ name: "u", values: [1, 2, 3, 4], before: [4, 3, 2, 1] }];
    const curves = of(polarCurve({ units, period: 360 }), "path").filter(({ closed }) => closed);
    expect(curves.map(({ lines }) => lines[0]!.length)).toEqual([4, 4, 4]);
    expect(curves.map(({ dash }) => dash !== undefined)).toEqual([true, false, false]);
  });

  test("shared scaling compares units", () => {
    const units = [1, 4].map((value) => ({ name: "", values: [value, 0, 0] }));
    const reach = (scaling: "own" | "shared") =>
      of(polarCurve({ units, scaling }), "path")
        .filter(({ fill }) => fill !== undefined)
        .map(({ lines }) => lines[0]![0]![0] - lines[0]![1]![0]);
    expect(reach("own")[0]).toBeCloseTo(reach("own")[1]!, 8);
    expect(4 * reach("shared")[0]!).toBeCloseTo(reach("shared")[1]!, 8);
  });
});

describe("histogram", () => {
  test("counts as NumPy's histogram counts, the last bin with both its ends", () => {
    // numpy.histogram([0, .1, .25, .5, .5, .74, .75, 1], 4, (0, 1)) → [2, 1, 3, 2]
    const values = [0, 0.1, 0.25, 0.5, 0.5, 0.74, 0.75, 1, 7, Number.NaN];
    const scene = histogram({ values, bins: 4, range: [0, 1] });
    const labels = ["0.00 to 0.25: 2", "0.25 to 0.50: 1", "0.50 to 0.75: 3", "0.75 to 1.00: 2"];
    expect(of(scene, "rect").map(({ label }) => label)).toEqual(labels);
    const [two, one] = of(scene, "rect");
    expect(two!.height / one!.height).toBeCloseTo(2, 8);
    expect(scene.description).toContain("8 values in 4 bins, 2 left out");
  });

  test("around a circle areas are counts, and 179 degrees are beside 0", () => {
    const scene = histogram({ values: [0, 179, 1, 90], bins: 18, period: 180 });
    const sectors = of(scene, "path").filter(({ key }) => key !== undefined);
    const labels = ["0 degrees: 3", "90 degrees: 1", "0 degrees: 3", "90 degrees: 1"];
    expect(sectors.map(({ label }) => label)).toEqual(labels);
    const [three, one] = sectors.map(({ lines }) => {
      const points = lines[0]!;
      const next = (i: number) => points[(i + 1) % points.length]!;
      return Math.abs(points.reduce((sum, [x, y], i) => sum + x * next(i)[1] - next(i)[0] * y, 0)) / 2;
    });
    expect(three! / one!).toBeCloseTo(3, 8);
  });

  test("one value, no value", () => {
    expect(histogram({ values: [3, 3] }).description).toContain("2 values in 1 bins");
    expect(histogram({ values: [] }).description).toBe("No values.");
  });
});

test("a line that leaves the range runs along the panel's edge; points and limits outside are left out", () => {
  const scene = lineChart({
    series: [{ name: "a", values: [0.5, 9, -1e301, 0.5], points: true }],
    yRange: [0, 1],
    limits: [{ at: 4, label: "far" }],
  });
  const [line] = of(scene, "path").filter(({ stroke }) => stroke === themes.light.series[0]);
  const [half, high, low] = line!.lines[0]!.map(([, y]) => y);
  const ticks = of(scene, "text")
    .filter(({ anchor }) => anchor === "end")
    .map(({ y }) => y - 4);
  expect(low! - high!).toBeCloseTo(2 * (half! - high!), 6);
  expect(ticks.some((y) => Math.abs(y - high!) < 1e-6)).toBe(true);
  expect(of(scene, "circle")).toHaveLength(2);
  expect(textsOf(scene)).not.toContain("far");
});

test("a line has a gap where a value is infinite, and the cursor no ring there", () => {
  const values = [1, Number.POSITIVE_INFINITY, 2, 3];
  const scene = lineChart({ series: [{ name: "a", values }], cursor: 2 });
  const [line] = of(scene, "path").filter(({ stroke }) => stroke === themes.light.series[0]);
  expect(line!.lines.map((part) => part.length)).toEqual([1, 2]);
  expect(of(scene, "circle")).toEqual([]);
});
