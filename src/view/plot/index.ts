/**
 * Figures: `import { lineChart, toSvg } from "fovea/plot"`. A figure is a function from data to a scene, plain data; a scene becomes
 * SVG, pixels of a canvas or PNG. The same in Node, in browsers and in workers.
 */

export { type AreaItem, type AreaSquaresOptions, areaSquares } from "./area-squares.ts";
export { type BarChartOptions, barChart } from "./bar-chart.ts";
export { type Canvas2D, draw } from "./canvas.ts";
export type { Grid, Numbers } from "./check.ts";
export { type ColorMap, type ColorMapName, colorMap, type Range } from "./color.ts";
export { type ConfusionChartOptions, confusionChart } from "./confusion-chart.ts";
export { smooth } from "./curve.ts";
export { type FilmOptions, toFilm } from "./film.ts";
export type { FigureOptions } from "./frame.ts";
export type { LayerArrow, LayerBox, LayerCell, LayerPart, RankDir } from "./graph/part.ts";
export { type HeatMapOptions, heatMap, type MapBox } from "./heat-map.ts";
export { type HistogramOptions, histogram } from "./histogram.ts";
export { type LayerGraphOptions, layerGraph } from "./layer-graph.ts";
export { type LineChartOptions, lineChart, type Series } from "./line-chart.ts";
export type { AxisMark } from "./line-panel.ts";
export { type MapGridOptions, mapGrid } from "./map-grid.ts";
export type { RangeMode } from "./maps.ts";
export { type NetworkStripOptions, networkStrip, type StripLayer, type StripTrace } from "./network-strip.ts";
export { type PngBytes, type PngOptions, toPng } from "./picture.ts";
export { type GridPicture, type PictureBox, type PictureGridOptions, pictureGrid } from "./picture-grid.ts";
export { type PolarCurveOptions, type PolarUnit, polarCurve } from "./polar-curve.ts";
export { type FigureLane, type RaceLanesOptions, raceLanes } from "./race-lanes.ts";
export { type ScatterOptions, scatter } from "./scatter.ts";
export {
  type CircleMark,
  type ImageMark,
  type Mark,
  markAt,
  type Paint,
  type PathMark,
  type Pixels,
  type Point,
  type RectMark,
  type Scene,
  type TextMark,
} from "./scene.ts";
export { toSvg } from "./svg.ts";
export { type Theme, type ThemeName, themeCss, themes } from "./theme.ts";
