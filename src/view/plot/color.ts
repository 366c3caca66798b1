/**
 * Colours that differ as much as they seem to: OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020),
 * whose L is lightness, and whose a and b are hue and strength.
 */
import { unknownName } from "../../base/errors.ts";
import { type Theme, type ThemeName, themeOf } from "./theme.ts";

type Triple = readonly [number, number, number];

const bytesOf = (color: string): Triple =>
  [1, 3, 5].map((i) => Number.parseInt(color.slice(i, i + 2), 16)) as unknown as Triple;

/** sRGB's curve (IEC 61966-2-1), to light and back. */
const toLight = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
const fromLight = (value: number) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);

/** Lightness (0 … 1) and the two axes of colour. */
export function toLab(color: string): Triple {
  const [r, g, b] = bytesOf(color).map((byte) => toLight(byte / 255)) as unknown as Triple;
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Red, green and blue, 0 … 255; below 0 or above 255 where no screen has the colour. */
function fromLab([lightness, a, b]: Triple): Triple {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((light) => 255 * fromLight(light)) as unknown as Triple;
}

/** Contrast of two colours, 1 … 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(one: string, other: string): number {
  const luminance = (color: string) => {
    const [r, g, b] = bytesOf(color).map((byte) => toLight(byte / 255)) as unknown as Triple;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Black or white, whichever is easier to read on the colour: the contrast is 4.5 or more on every colour. */
export const textOn = (color: string): string =>
  contrast(color, "#000000") >= contrast(color, "#ffffff") ? "#000000" : "#ffffff";

/**
 * - "sequential": 0 is paper; larger values are further away from it, through yellow, green and blue (light) or the other way
 *   round (dark). For values of one sign.
 * - "diverging": blue below zero, paper at zero, red above. For values of both signs.
 * - "ink": from paper to ink. For pictures.
 */
export type ColorMapName = "sequential" | "diverging" | "ink";

/** Red, green and blue of 256 colours. The first is the smallest value's, the last the largest's. */
export interface ColorMap {
  readonly name: ColorMapName;
  readonly palette: Uint8Array;
}

const mapNames: readonly ColorMapName[] = ["sequential", "diverging", "ink"];

/** Hue in degrees and strength (OKLab's chroma) of the colour at `t`, 0 … 1. */
const sequentialHue = (t: number, isDark: boolean) => (isDark ? 290 - 185 * t : 100 + 190 * t);
/** No more than screens have at each lightness: the least is at blue-green. */
const sequentialChroma = (t: number) => (t < 0.2 ? (t / 0.2) * 0.085 : 0.085 + Math.max(0, t - 0.6) * 0.1375);

/**
 * The 256 colours of a map on the theme's paper. Lightness changes evenly along it, so equal steps look equal.
 *
 * @param name "sequential", "diverging" or "ink"
 * @throws ArgumentError for an unknown name
 *
 * @example
 * ```ts
 * import { colorMap } from "fovea/plot";
 * const { palette } = colorMap("diverging", "light");
 * palette.subarray(3 * 128, 3 * 128 + 3); // paper: zero
 * ```
 */
export function colorMap(name: ColorMapName, theme: ThemeName | Theme = "light"): ColorMap {
  if (!mapNames.includes(name)) throw unknownName("colour map", name, mapNames);
  const { paper, ink } = themeOf("colorMap", theme);
  const [start, end] = [toLab(paper), toLab(ink)];
  const isDark = start[0] < end[0];
  const colorOf = (value: number): Triple => {
    const mix = (axis: 0 | 1 | 2) => start[axis] + (end[axis] - start[axis]) * Math.abs(value);
    if (name === "ink") return [mix(0), mix(1), mix(2)];
    const t = Math.abs(value);
    const last = name === "diverging" ? (isDark ? 0.74 : 0.42) : isDark ? 0.93 : 0.27;
    const hue = name === "diverging" ? (value < 0 ? 255 : 27) : sequentialHue(t, isDark);
    const chroma = name === "diverging" ? 0.135 * t ** 0.8 : sequentialChroma(t);
    const angle = (hue * Math.PI) / 180;
    return [
      start[0] + (last - start[0]) * t,
      start[1] * (1 - t) + chroma * Math.cos(angle),
      start[2] * (1 - t) + chroma * Math.sin(angle),
    ];
  };
  const palette = new Uint8ClampedArray(3 * 256);
  for (let i = 0; i < 256; i++) {
    // Zero is index 128: 128 steps below it, 127 above.
    const value = name === "diverging" ? (i < 128 ? (i - 128) / 128 : (i - 128) / 127) : i / 255;
    palette.set(fromLab(colorOf(value)), 3 * i);
  }
  return { name, palette: new Uint8Array(palette.buffer) };
}

/** #rrggbb of an entry. */
export function hexOf({ palette }: ColorMap, index: number): string {
  return `#${[0, 1, 2].map((i) => palette[3 * index + i]!.toString(16).padStart(2, "0")).join("")}`;
}

/** Smallest and largest value that a map shows. */
export type Range = readonly [low: number, high: number];

/** Index of a value's colour; values outside of the range have its ends' colours, NaN has that of zero or of the lower end. */
export function colorIndex(value: number, [low, high]: Range, name: ColorMapName): number {
  if (Number.isNaN(value)) return name === "diverging" ? 128 : 0;
  if (name !== "diverging") {
    const share = high === low ? (value > low ? 1 : 0) : (value - low) / (high - low);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  }
  const bound = Math.max(-low, high);
  const share = bound === 0 ? 0 : Math.min(1, Math.max(-1, value / bound));
  return 128 + Math.round(share * (share < 0 ? 128 : 127));
}
