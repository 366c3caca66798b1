import { ArgumentError, FoveaError, tensor } from "fovea";
import * as plot from "fovea/plot";
import { expect, test } from "vitest";

const { areaSquares, barChart, confusionChart, heatMap, histogram, lineChart } = plot;
const { mapGrid, networkStrip, polarCurve, raceLanes, scatter, themes } = plot;
const series = (more: object) => ({ series: [{ name: "a", values: [1, 2], ...more }] });

const cases: readonly (readonly [string, () => unknown, RegExp])[] = [
  ["a misspelt option", () => lineChart({ serie: [] } as never), /unknown option "serie"\. Did you mean "series"\?/],
  [
    "one of a series",
    () => lineChart(series({ valuez: [] })),
    /lineChart series\[0\]: unknown option "valuez"\. Did you mean "values"/,
  ],
  [
    "a text among numbers",
    () => barChart({ values: [1, "2"] as never }),
    /barChart: values\[1\] is "2", expected a number\./,
  ],
  [
    "logits",
    () => barChart({ values: [0.5, -1] }),
    /values\[1\] is -1, expected a finite number, 0 or more\. Logits become/,
  ],
  [
    "x that falls",
    () => lineChart(series({ x: [2, 1] })),
    /x\[1\] is 1, expected a finite number that is not below the one before it\. Sort/,
  ],
  ["x of another length", () => lineChart(series({ x: [2] })), /x has 1 numbers for 2 values/],
  [
    "an unknown theme",
    () => heatMap({ values: [[1]], theme: "drak" as never }),
    /Unknown theme \(heatMap\) "drak"\. Did you mean "dark"\?/,
  ],
  [
    "a theme's colour",
    () => heatMap({ values: [[1]], theme: { ...themes.light, ink: "black" } }),
    /theme\.ink is "black", expected a colour "#rrggbb"/,
  ],
  [
    "a list as a map",
    () => heatMap({ values: [1, 2, 3] }),
    /heatMap: values has the shape \[3\], expected \[height, width\]/,
  ],
  [
    "maps as a map",
    () => heatMap({ values: tensor(new Float32Array(16), [2, 2, 4]) }),
    /4 channels, expected 1, or 3 for colours\. mapGrid draws/,
  ],
  [
    "a shape of other values",
    () => mapGrid({ values: { data: [1, 2], shape: [2, 2, 1] } }),
    /values\.shape is \[2,2,1\], which is not that of 2 values/,
  ],
  [
    "a channel too many",
    () => mapGrid({ values: { data: [1, 2], shape: [1, 1, 2] }, order: [2] }),
    /order\[0\] is 2, expected a whole number from 0 to 1/,
  ],
  [
    "a matrix that is not square",
    () => confusionChart({ matrix: [[1, 2]] }),
    /matrix has 1 rows of 2, expected a square matrix/,
  ],
  [
    "a period in radians",
    () => polarCurve({ units: [{ name: "a", values: [1, 2, 3] }], period: 3.14 as never }),
    /period is 3\.14, expected 180 .* or 360/,
  ],
  [
    "range and period",
    () => histogram({ values: [1], range: [0, 1], period: 180 }),
    /range and period exclude each other/,
  ],
  [
    "too few names",
    () => scatter({ points: [[0, 0]], classes: [2], names: ["a"] }),
    /names has 1 texts for 3; give one for each/,
  ],
  [
    "a trace without layers",
    () => networkStrip({ image: [[1]], layers: [], probabilities: [1], trace: {} as never }),
    /trace names a layer, and layers is empty|unknown option/,
  ],
  ["no width", () => barChart({ values: [1], width: 0 }), /width is 0, expected a number from 80 to 4096/],
  [
    "a lane that is none",
    () => raceLanes({ lanes: [3 as never] }),
    /lanes\[0\] is 3, expected a lane, such as race\(\) makes/,
  ],
  [
    "an area of NaN",
    () => areaSquares({ items: [{ name: "a", value: Number.NaN }] }),
    /items\[0\]\.value is NaN, expected a number from 0/,
  ],
  [
    "an unknown map",
    () => plot.colorMap("viridis" as never),
    /Unknown colour map "viridis"\. Known: sequential, diverging, ink\./,
  ],
];

test.each(cases)("%s", (_, call, message) => {
  expect(call).toThrow(message);
  expect(call).toThrow(FoveaError);
});

test("options that are no object are an ArgumentError everywhere", () => {
  const figures = [areaSquares, barChart, confusionChart, heatMap, histogram, lineChart];
  for (const figure of [...figures, mapGrid, networkStrip, polarCurve, raceLanes, scatter])
    for (const nothing of [undefined, null, 3, [], "x"])
      expect(() => figure(nothing as never), `${figure.name} ${nothing}`).toThrow(ArgumentError);
});

test("endless lists and shapes are refused at once", () => {
  const endless = new Array(2 ** 32 - 1) as never;
  const calls = [
    () => barChart({ values: endless }),
    () => lineChart({ series: endless }),
    () => heatMap({ values: endless }),
    () => heatMap({ values: { data: [1], shape: endless } }),
    () => heatMap({ values: [[1]], theme: { ...themes.light, series: endless } }),
    () => confusionChart({ matrix: [[1]], names: endless }),
  ];
  for (const call of calls) expect(call).toThrow(FoveaError);
});

test("themes are custom properties for CSS", () => {
  const css = plot.themeCss("dark");
  expect(css).toContain("--paper: #141417;");
  expect(css).toContain("--accent: #ff8a4c;");
  expect(css).toContain(`--series-1: ${themes.dark.series[0]};`);
  expect(css).toContain(`--class-9: ${themes.dark.classes[9]};`);
});
