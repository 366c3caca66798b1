/** The cells whose spikes are recorded. */
import { computed } from "@preact/signals";
import { mosaic, preferred, seen } from "./signals.ts";
import { type SimpleCell, secondCells, secondSum, simpleRate } from "./state.ts";
import { wrapAngle } from "./stimulus.ts";

export interface Neuron {
  readonly name: string;
  /** What it is, in a few words. */
  readonly about: string;
  /** Undefined for cells of the second layer, which see through others. */
  readonly cell?: SimpleCell;
  /** Spikes a second. */
  readonly rate: number;
  /** What the inputs of a second-layer cell bring. */
  readonly terms?: readonly { readonly name: string; readonly value: number }[];
}

/** Where A and B look: the middle field of the mosaic. */
const CENTRE = 3;
const HERE = { y: 14, x: 14 };
/** The neighbour's field is one place to the right: it overlaps A's. */
const BESIDE = { y: 14, x: 18 };

export const simpleCells = computed((): readonly (SimpleCell & { readonly name: string; readonly about: string })[] => {
  const angle = preferred.value;
  const across = wrapAngle(angle + 90, 180);
  return [
    { name: "A", about: `prefers ${angle}°`, ...HERE, angle },
    { name: "B", about: `same field, prefers ${across}°`, ...HERE, angle: across },
    { name: "C", about: `overlapping field, prefers ${angle}°`, ...BESIDE, angle },
  ];
});

export const neurons = computed((): readonly Neuron[] => [
  ...simpleCells.value.map(({ name, about, ...cell }) => ({ name, about, cell, rate: simpleRate(cell, seen.value) })),
  ...secondCells.map((cell): Neuron => {
    const { terms, rate } = secondSum(cell, mosaic.value, CENTRE, CENTRE);
    return {
      name: cell.name,
      about: `sums four neighbours, fires above ${cell.threshold}`,
      rate,
      terms: cell.wires.map(({ name }, i) => ({ name, value: terms[i]! })),
    };
  }),
]);

/** Directions at which a cell's tuning is drawn. */
export const STEPS = 36;
