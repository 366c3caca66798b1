/** Colours of images [n, h, w, 3]: grey, and changes of hue and saturation. Sources: ITU-R BT.601; Smith 1978 (HSV). */
import { type Expr, e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { map } from "./map.ts";
import { reshape } from "./reshape.ts";
import { concatenateAxis, unstack } from "./slice.ts";

type Planes = readonly [Expr, Expr, Expr];

const planesOf = (images: Sym): Sym[] => unstack(images, 3).map((plane) => reshape(plane, [...plane.spec.shape, 1]));

/** The brightness of each pixel, [n, h, w, 1]; an image of one channel is grey as it is. */
export function rgbToGray(images: Sym): Sym {
  if (images.spec.shape[3] === 1) return images;
  const weighted = (index: number, weight: number) => e.mul(weight, e.input(index));
  return map(planesOf(images), e.add(e.add(weighted(0, 0.2989), weighted(1, 0.587)), weighted(2, 0.114)));
}

/** Smaller numbers are 0, as Keras has it: the step of float32 at 1. */
const SMALLEST = 2 ** -23;

/** Hue, in turns, saturation and value. */
function toHsv(colors: Planes): Planes {
  const [r, g, b] = colors.map((x) => e.select("lt", e.abs(x), SMALLEST, 0, x)) as unknown as Planes;
  const value = e.max(e.max(r, g), b);
  const range = e.sub(value, e.min(e.min(r, g), b));
  const saturation = e.select("lt", 0, value, e.div(range, e.select("lt", 0, value, value, 1)), 0);
  const sixth = (difference: Expr, start: number) =>
    e.add(e.div(difference, e.mul(6, e.select("lt", 0, range, range, 1))), start);
  const fromGreenOrBlue = e.select("eq", value, g, sixth(e.sub(b, r), 1 / 3), sixth(e.sub(r, g), 2 / 3));
  const hue = e.select("eq", value, r, sixth(e.sub(g, b), 0), fromGreenOrBlue);
  const colored = e.select("lt", 0, range, hue, 0);
  return [e.add(colored, e.select("lt", colored, 0, 1, 0)), saturation, value];
}

const unit = (x: Expr) => e.min(e.max(x, 0), 1);

function toRgb([hue, saturation, value]: Planes): Planes {
  const turns = e.mul(6, e.sub(hue, e.floor(hue)));
  const shares = [
    unit(e.sub(e.abs(e.sub(turns, 3)), 1)),
    unit(e.sub(2, e.abs(e.sub(turns, 2)))),
    unit(e.sub(2, e.abs(e.sub(turns, 4)))),
  ];
  const mixed = (share: Expr) => e.mul(value, e.add(e.sub(1, saturation), e.mul(saturation, share)));
  return shares.map(mixed) as unknown as Planes;
}

/** Changes hue, saturation and value of each pixel by a number of each image, [n, 1, 1, 1]. */
function inHsv(images: Sym, by: Sym, change: (planes: Planes, by: Expr) => Planes): Sym {
  const rgb = toRgb(change(toHsv([e.input(0), e.input(1), e.input(2)]), e.input(3)));
  const values = [...planesOf(images), by];
  return concatenateAxis(
    rgb.map((plane) => map(values, plane)),
    3,
  );
}

/** Turns the hue of images on 0 … 1 by so many turns, −1 … 1. */
export function turnHue(images: Sym, turns: Sym): Sym {
  return inHsv(images, turns, ([hue, saturation, value], by) => [e.add(hue, by), saturation, value]);
}

/** Multiplies the saturation of images, and keeps it within a range. */
export function scaleSaturation(images: Sym, factor: Sym, [low, high]: readonly [number, number]): Sym {
  return inHsv(images, factor, ([hue, saturation, value], by) => [
    hue,
    e.min(e.max(e.mul(saturation, by), low), high),
    value,
  ]);
}
