/** Scenes of all figures, and what tests ask of them. */
import {
  areaSquares,
  barChart,
  confusionChart,
  type FigureOptions,
  heatMap,
  histogram,
  layerGraph,
  lineChart,
  type Mark,
  mapGrid,
  networkStrip,
  pictureGrid,
  polarCurve,
  raceLanes,
  type Scene,
  scatter,
} from "fovea/plot";

const waves = (count: number, least = -1) =>
  Float32Array.from({ length: count }, (_, i) => Math.max(least, Math.sin(i)));

/** A figure and good options for it. */
export type Sample = readonly [figure: (options: never) => Scene, options: object];

const sample = <O extends object>(figure: (options: O) => Scene, options: O): Sample => [figure, options];

/** Options of each figure, whose texts are what the caller wants. */
export function sampleOptions(text: string, options: FigureOptions = {}): Record<string, Sample> {
  const shared = { title: text, subtitle: text, ...options };
  const lane = {
    device: text,
    description: text,
    disguised: true,
    speed: { imagesPerSecond: 100, medianMs: 1, p95Ms: 2 },
    losses: [2, Number.NaN, 1],
  };
  const maps = { data: waves(6 * 6 * 5), shape: [6, 6, 5] };
  return {
    areaSquares: sample(areaSquares, {
      ...shared,
      unit: text,
      items: [4, 900].map((value) => ({ name: text, value })),
    }),
    barChart: sample(barChart, { ...shared, values: [0.5, 0.5], names: [text, text], truth: 1 }),
    confusionChart: sample(confusionChart, {
      ...shared,
      matrix: [
        [1, 2],
        [0, 3],
      ],
      names: [text, text],
      selected: [0, 1],
    }),
    pictureGrid: sample(pictureGrid, {
      ...shared,
      pictures: [
        {
          values: { data: waves(4 * 6 * 3), shape: [4, 6, 3] },
          caption: [text, text],
          boxes: [{ left: 1, top: 1, right: 3, bottom: 3, label: text, color: 4, dashed: true }],
          selected: true,
        },
        {
          values: { data: Uint8Array.of(0, 255), shape: [1, 2, 1] },
          boxes: [{ left: 0, top: 0, right: 1, bottom: 1 }],
        },
      ],
    }),
    heatMap: sample(heatMap, {
      ...shared,
      unit: text,
      values: [
        [-1, 2],
        [3, 4],
      ],
      boxes: [{ y: 0, x: 0, height: 1, width: 1 }],
    }),
    histogram: sample(histogram, { ...shared, values: waves(50), xLabel: text, yLabel: text }),
    rose: sample(histogram, { ...shared, values: waves(50).map((value) => 180 * value), period: 180 }),
    layerGraph: sample(layerGraph, {
      ...shared,
      boxes: [
        { name: text, note: text, rows: [[{ label: text, value: text, tone: "good" }, { value: text }]] },
        { name: text, inside: { boxes: [{ name: text }, { name: text }], arrows: [{ from: 0, to: 1 }] } },
        { name: text, label: text },
      ],
      arrows: [
        { from: 0, to: 1 },
        { from: 1, to: 2 },
        { from: 0, to: 2 },
      ],
    }),
    lineChart: sample(lineChart, {
      ...shared,
      xLabel: text,
      yLabel: text,
      series: [
        { name: text, values: waves(300), smoothing: 0.5 },
        { name: text, values: [1, Number.POSITIVE_INFINITY, 2], points: true, dashed: true },
      ],
      events: [{ at: 100, label: text }],
      limits: [{ at: 0.5, label: text }],
      cursor: 50,
      choices: [1, 50, 200],
    }),
    mapGrid: sample(mapGrid, {
      ...shared,
      unit: text,
      values: maps,
      names: Array.from({ length: 5 }, () => text),
      selected: 1,
    }),
    networkStrip: sample(networkStrip, {
      ...shared,
      image: { data: waves(8 * 8 * 3, 0), shape: [8, 8, 3] },
      layers: [{ name: text, values: maps }],
      probabilities: [0.25, 0.75],
      names: [text, text],
      trace: { layer: 0, channel: 3, y: 2, x: 2, box: { y: 2, x: 2, height: 3, width: 3 } },
    }),
    polarCurve: sample(polarCurve, {
      ...shared,
      units: [{ name: text, values: waves(9, 0), before: waves(9, 0) }],
      selected: 0,
    }),
    raceLanes: sample(raceLanes, { ...shared, lanes: [lane, lane], parity: { gaps: [0, 1e-5], tolerance: 1e-3 } }),
    scatter: sample(scatter, {
      ...shared,
      points: { data: waves(20), shape: [10, 2] },
      classes: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
      names: [text, text],
      selected: 3,
      xLabel: text,
      yLabel: text,
    }),
  };
}

/** One scene of each figure. */
export function sampleScenes(text: string, options: FigureOptions = {}): Record<string, Scene> {
  const samples = Object.entries(sampleOptions(text, options));
  return Object.fromEntries(samples.map(([name, [figure, given]]) => [name, figure(given as never)]));
}

/** The marks of one kind. */
export const of = <K extends Mark["kind"]>({ marks }: Scene, kind: K) =>
  marks.filter((mark): mark is Extract<Mark, { kind: K }> => mark.kind === kind);

export const textsOf = (scene: Scene) => of(scene, "text").map(({ text }) => text);

export const keyed = (scene: Scene, key: string) => scene.marks.find((mark) => mark.key === key);
