/** Colour modes of images. */
import { unknownName } from "../../base/errors.ts";

/** Bytes of pixels, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Grey; grey and alpha; RGB; RGBA. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array;
}

/** Channels of loaded images: 1, 3 or 4. */
export type ColorMode = "grayscale" | "rgb" | "rgba";

export type Channels = 1 | 3 | 4;

export const channelsOf: Readonly<Record<ColorMode, Channels>> = { grayscale: 1, rgb: 3, rgba: 4 };

/** @throws ArgumentError for a name that is none */
export function checkColorMode(mode: unknown): asserts mode is ColorMode {
  if (typeof mode !== "string" || !Object.hasOwn(channelsOf, mode))
    throw unknownName("colorMode", mode, Object.keys(channelsOf));
}

/** Grey of a colour: ITU-R 601-2 in steps of 2⁻¹⁶, as PIL's mode "L" rounds it. */
const grey = (r: number, g: number, b: number) => (r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16;

/** The pixels with other channels. Alpha is dropped, not blended; where there is none, it is 255. */
export function recolored(pixels: Pixels, to: Channels): Pixels & { readonly channels: Channels } {
  const { data, channels, width, height } = pixels;
  if (channels === to) return { ...pixels, channels: to };
  const made = new Uint8Array(width * height * to);
  const colored = channels >= 3;
  for (let from = 0, at = 0; at < made.length; from += channels, at += to) {
    const r = data[from]!;
    const [g, b] = colored ? [data[from + 1]!, data[from + 2]!] : [r, r];
    if (to === 1) {
      made[at] = colored ? grey(r, g, b) : r;
      continue;
    }
    made[at] = r;
    made[at + 1] = g;
    made[at + 2] = b;
    if (to === 4) made[at + 3] = channels % 2 === 0 ? data[from + channels - 1]! : 255;
  }
  return { width, height, channels: to, data: made };
}
