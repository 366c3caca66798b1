/** The network's side of the experiment without its view: tuning in numbers, and the sum that makes a unit. */
import type { Box } from "../../state/box.ts";
import type { LayerName, PlacedUnit } from "../../state/selection.ts";

/** Layers that give maps. */
export type MapLayer = "conv2d" | "conv2d_1";
export const mapLayers: readonly MapLayer[] = ["conv2d", "conv2d_1"];

const isMapLayer = (name: LayerName): name is MapLayer => name === "conv2d" || name === "conv2d_1";

export interface MapUnit extends PlacedUnit {
  readonly layer: MapLayer;
}

/** Sides of the layers' maps and how many there are. */
export const mapSizes: Readonly<Record<MapLayer, { readonly side: number; readonly channels: number }>> = {
  conv2d: { side: 26, channels: 64 },
  conv2d_1: { side: 24, channels: 32 },
};

/** A unit of a map: the selected one; for a unit of Flatten the one that it copies, and for Dense the middle of the last map. */
export function mapUnitOf(unit: PlacedUnit): MapUnit {
  const layer = isMapLayer(unit.layer) ? unit.layer : "conv2d_1";
  const { side, channels } = mapSizes[layer];
  if (unit.layer === "flatten") {
    const place = Math.floor(unit.channel / channels);
    return { layer, channel: unit.channel % channels, y: Math.floor(place / side) % side, x: place % side };
  }
  const keep = (at: number, count: number) => Math.min(count - 1, Math.max(0, at));
  return { layer, channel: keep(unit.channel, channels), y: keep(unit.y, side), x: keep(unit.x, side) };
}

/** Units with a selectivity above this prefer a direction. */
export const SELECTIVE = 0.2;

export interface SelectivitySummary {
  readonly median: number;
  /** Units above SELECTIVE. */
  readonly selective: number;
  readonly units: number;
}

export function summariseSelectivity(selectivity: readonly number[]): SelectivitySummary {
  const sorted = [...selectivity].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { median, selective: sorted.filter((each) => each > SELECTIVE).length, units: sorted.length };
}

/** Channels, the most selective first. */
export function bySelectivity(selectivity: readonly number[]): number[] {
  return [...selectivity.keys()].sort((a, b) => selectivity[b]! - selectivity[a]!);
}

/** The responses of one channel. */
export function curveOf(responses: Float32Array, channel: number, orientations: number): Float32Array {
  return responses.subarray(channel * orientations, (channel + 1) * orientations);
}

/** Angles in degrees, of units that respond. */
export function preferredDegrees(preferred: readonly number[]): number[] {
  return preferred.filter((angle) => !Number.isNaN(angle)).map((angle) => (angle * 180) / Math.PI);
}

/** The 32 bits of a number as it is stored, in hexadecimal. */
export function bitsOf(value: number): string {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return bits.toString(16).padStart(8, "0");
}

export interface FieldCheck {
  /** Pixels of the box whose slope is not 0. */
  readonly inside: number;
  /** The largest slope outside of the box, as a share of the largest of all: the CPU device rounds neighbours in shared tiles. */
  readonly outside: number;
}

/** Compares the measured slopes with the box that theory gives. */
export function checkField(slopes: Float32Array, box: Box): FieldCheck {
  const side = Math.sqrt(slopes.length);
  let [inside, within, beyond] = [0, 0, 0];
  slopes.forEach((slope, i) => {
    const [down, right] = [Math.floor(i / side) - box.y, (i % side) - box.x];
    const isInside = down >= 0 && right >= 0 && down < box.height && right < box.width;
    if (isInside && slope > 0) inside++;
    if (isInside) within = Math.max(within, slope);
    else beyond = Math.max(beyond, slope);
  });
  const largest = Math.max(within, beyond);
  return { inside, outside: largest === 0 ? 0 : beyond / largest };
}

/** An image, and the image with one pixel inverted: two images in one array. */
export function withChanged(pixels: Float32Array, { y, x }: { readonly y: number; readonly x: number }): Float32Array {
  const both = new Float32Array(2 * pixels.length);
  both.set(pixels);
  both.set(pixels, pixels.length);
  const at = pixels.length + y * Math.sqrt(pixels.length) + x;
  both[at] = 1 - both[at]!;
  return both;
}
