/** What the visitor has set at this station; the address holds it. */
import { computed, signal } from "@preact/signals";
import { type Codec, oneOf, wholeNumber } from "../../state/address.ts";
import { address } from "../../state/selection.ts";
import type { MapLayer } from "./network.ts";
import { mosaicRates, secondRates } from "./state.ts";
import { light, periods, RETINA, type Stimulus, shapes, wrapAngle } from "./stimulus.ts";
import type { Tuning } from "./tasks.ts";

const placeCodec: Codec<readonly [number, number]> = {
  parse: (text) => {
    const found = /^(\d{1,2}(?:\.5)?),(\d{1,2}(?:\.5)?)$/.exec(text);
    const place = found && ([Number(found[1]), Number(found[2])] as const);
    return place?.every((each) => each <= RETINA - 1) ? place : undefined;
  },
  print: ([y, x]) => `${y},${x}`,
};

const shape = address.signal("receptive-fields.shape", "bar", oneOf(shapes));
const place = address.signal("receptive-fields.place", [14, 14] as const, placeCodec);
const angle = address.signal("receptive-fields.angle", 45, wholeNumber(0, 359));
const length = address.signal("receptive-fields.length", 16, wholeNumber(2, 40));

/** Direction that neuron A prefers, in degrees; B's is across it. */
export const preferred = address.signal("receptive-fields.neuron", 45, wholeNumber(0, 179));

export const stimulus = computed(
  (): Stimulus => ({
    shape: shape.value,
    y: place.value[0],
    x: place.value[1],
    angle: wrapAngle(angle.value, periods[shape.value]),
    length: length.value,
    width: 1.6,
  }),
);

const half = (value: number) => Math.round(2 * value) / 2;

/** Shows another stimulus. */
export function show(next: Stimulus): void {
  shape.value = next.shape;
  length.value = next.length;
  const [y, x] = [half(next.y), half(next.x)];
  if (y !== place.value[0] || x !== place.value[1]) place.value = [y, x];
  angle.value = Math.round(wrapAngle(next.angle, periods[next.shape]));
}

export const seen = computed(() => light(stimulus.value));
export const mosaic = computed(() => mosaicRates(seen.value));
export const second = computed(() => secondRates(mosaic.value));

/** What was measured of the network, for the text beside it. */
export const tunings = signal<{
  readonly before: Readonly<Record<MapLayer, Tuning>> | undefined;
  readonly after: Readonly<Record<MapLayer, Tuning>> | undefined;
}>({ before: undefined, after: undefined });
