/** The maps of a layer: sorted and coloured as the visitor chooses. */
import { useMemo } from "preact/hooks";
import { grouped, shortNumber } from "../../base/numbers.ts";
import type { LayerMaps } from "../../engine/protocol.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf, strongestFirst } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { type LayerName, select } from "../../state/selection.ts";
import { explained, range, sort } from "./signals.ts";
import { coloursRange } from "./state.ts";

/** Entries in a row of the picture of Flatten: six places of 32 maps. */
const FLAT_WIDTH = 192;

/** A layer's output as maps; a row of many numbers is folded into one picture. */
export function mapsOf({ shape, data }: LayerMaps): Maps {
  if (shape.length === 3) return { data, height: shape[0]!, width: shape[1]!, channels: shape[2]! };
  return { data, height: data.length / FLAT_WIDTH, width: FLAT_WIDTH, channels: 1 };
}

export interface LayerPictureProps {
  readonly layer: LayerMaps;
  /** Of all layers that are shown. */
  readonly all: readonly Maps[];
}

export function LayerPicture({ layer, all }: LayerPictureProps) {
  const name = layer.name as LayerName;
  const maps = useMemo(() => mapsOf(layer), [layer]);
  const isFlat = maps.channels === 1;
  const order = useMemo(
    () => (sort.value === "activation" ? strongestFirst(maps) : Array.from({ length: maps.channels }, (_, i) => i)),
    [maps, sort.value],
  );
  // A single picture's own range is the layer's.
  const by = isFlat && range.value === "own" ? "layer" : range.value;
  const colours = useMemo(() => coloursRange(by, maps, all), [maps, all, by]);
  const { layer: selectedLayer, ...cell } = explained.value;
  return (
    <Figure
      kind={layer.className}
      title={
        isFlat
          ? `${grouped(maps.height * maps.width)} numbers`
          : `${maps.channels} maps, ${maps.height} × ${maps.width}`
      }
      name={`inside-${name}`}
      data={() => Array.from(maps.data).join("\n")}
      {...(isFlat && {
        caption: "The maps before it, place by place: a row of the picture has six places of 32 maps each.",
      })}
    >
      <Pixels
        maps={maps}
        label={isFlat ? `Output of ${name}` : `Maps of ${name}`}
        noun={isFlat ? "picture" : "map"}
        range={colours}
        columns={isFlat ? 1 : 8}
        order={order}
        hasNumbers={!isFlat}
        {...(!isFlat && {
          selected: selectedLayer === name ? cell : undefined,
          onSelect: (chosen) => select({ layer: name, ...chosen }),
        })}
      >
        {"low" in colours ? (
          <RangeBar range={colours} unit="activation" />
        ) : (
          <p class="soft">
            Each map reaches from 0 to its own largest value, {shortNumber(rangeOf(maps).high)} at most.
          </p>
        )}
      </Pixels>
    </Figure>
  );
}
