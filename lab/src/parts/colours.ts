/** Colours of numbers: those of `fovea/plot`, so that maps here and figures there mean the same by a colour. */
import { type ColorMapName, colorMap } from "fovea/plot";

export type ThemeName = "light" | "dark";
/** Of values that are never negative: "sequential" for what a network computes, "ink" for pictures. */
export type Colours = Exclude<ColorMapName, "diverging">;

const palettes = new Map<string, Uint8Array>();

/** Red, green and blue of 256 levels; zero is level 0, or 128 of "diverging". */
export function paletteOf(name: ColorMapName, theme: ThemeName): Uint8Array {
  const key = `${name} ${theme}`;
  let palette = palettes.get(key);
  if (palette === undefined) {
    palette = colorMap(name, theme).palette;
    palettes.set(key, palette);
  }
  return palette;
}

/** The colour of a level, for styles. */
export const cssColour = (palette: Uint8Array, level: number): string =>
  `rgb(${palette.subarray(3 * level, 3 * level + 3).join(" ")})`;

/** The colour of a share in -1 … 1, for styles; zero is the empty cell. */
export function signedColour(share: number, theme: ThemeName): string {
  const level = Math.round(128 + 127 * Math.min(1, Math.max(-1, share || 0)));
  return cssColour(paletteOf("diverging", theme), level);
}
