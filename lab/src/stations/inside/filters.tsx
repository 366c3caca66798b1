/** The kernels of the network as signed maps. */
import { useMemo } from "preact/hooks";
import { Figure } from "../../parts/figure.tsx";
import { type Cell, type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { type LayerName, select, unit } from "../../state/selection.ts";
import { explained, filter } from "./signals.ts";
import { kernelsOf, type Weights } from "./state.ts";

/** Weights of the network in Keras's order: kernel and bias of the convolutions and of Dense. */
export type AllWeights = readonly Weights[];

interface Shown {
  readonly title: string;
  readonly maps: Maps;
  /** The layer that a kernel belongs to when it is pressed. */
  readonly layer: LayerName;
  readonly noun: string;
}

/** What the selected unit is connected by: to the maps before it, or from the first layer on. */
function connections([, , second, , dense]: AllWeights): Shown {
  const { layer, channel } = explained.value;
  if (layer === "conv2d")
    return {
      title: `How 32 filters of conv2d_1 read map ${channel}`,
      maps: kernelsOf(second!, { input: channel }),
      ...({ layer: "conv2d_1", noun: "filter" } as const),
    };
  if (layer === "conv2d_1")
    return {
      title: `How filter ${channel} of conv2d_1 reads 64 maps`,
      maps: kernelsOf(second!, { filter: channel }),
      ...({ layer: "conv2d", noun: "kernel for map" } as const),
    };
  const classes = dense!.shape[1]!;
  const data = Float32Array.from({ length: dense!.shape[0]! }, (_, i) => dense!.data[i * classes + channel]!);
  return {
    title: `How the digit ${channel} reads 32 maps of conv2d_1`,
    maps: { data, height: 24, width: 24, channels: 32 },
    ...({ layer: "conv2d_1", noun: "weights for map" } as const),
  };
}

export function Filters({ weights }: { readonly weights: AllWeights }) {
  const first = useMemo(() => kernelsOf(weights[0]!, { input: 0 }), [weights]);
  const next = useMemo(() => connections(weights), [weights, explained.value]);
  const choose = (layer: LayerName) => (cell: Cell) =>
    select({ layer, channel: cell.channel, y: unit.value.y, x: unit.value.x });
  const mark = { channel: filter.value, y: 0, x: 0, height: 3, width: 3 };
  return (
    <div class="inside-pair">
      <Kernels title="64 kernels of conv2d" noun="kernel" maps={first} marks={[mark]} onSelect={choose("conv2d")} />
      <Kernels title={next.title} noun={next.noun} maps={next.maps} marks={[]} onSelect={choose(next.layer)} />
    </div>
  );
}

interface KernelsProps {
  readonly title: string;
  readonly noun: string;
  readonly maps: Maps;
  readonly marks: Parameters<typeof Pixels>[0]["marks"];
  readonly onSelect: (cell: Cell) => void;
}

function Kernels({ title, noun, maps, marks = [], onSelect }: KernelsProps) {
  const range = useMemo(() => signedRange(maps), [maps]);
  return (
    <Figure title={title} name={`inside-${noun.replaceAll(" ", "-")}`} data={() => Array.from(maps.data).join("\n")}>
      <Pixels maps={maps} label={title} noun={noun} range={range} columns={8} gap={1} marks={marks} onSelect={onSelect}>
        <RangeBar range={range} unit="weight" />
      </Pixels>
    </Figure>
  );
}

/** Weights have two colours also where none of them is negative. */
export function signedRange(maps: Pick<Maps, "data">) {
  const { low, high } = rangeOf(maps);
  const largest = Math.max(-low, high, Number.MIN_VALUE);
  return { low: -largest, high: largest };
}
