import { useSignal, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { LayerMaps } from "../../engine/protocol.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Cell, type Maps, rangeOf, strongestFirst } from "../../parts/maps.ts";
import { type Mark, Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { type LayerName, pointed, select, traced } from "../../state/selection.ts";

const mapsOf = ({ data, shape: [height = 1, width = 1, channels = 1] }: LayerMaps): Maps => ({
  data,
  height,
  width,
  channels,
});

export interface LayerFigureProps {
  readonly layer: LayerMaps;
  /** What the traced unit of the next layer reads of each map here. */
  readonly window: Omit<Mark, "channel"> | undefined;
}

/** All maps of a layer, the strongest first. */
export function LayerFigure({ layer, window }: LayerFigureProps) {
  const name = layer.name as LayerName;
  const maps = useMemo(() => mapsOf(layer), [layer]);
  const range = useMemo(() => rangeOf(maps), [maps]);
  const order = useMemo(() => strongestFirst(maps), [maps]);
  const hovered = useSignal<Cell | undefined>(undefined);
  useSignalEffect(() => {
    const cell = hovered.value;
    if (cell !== undefined) pointed.value = { layer: name, ...cell };
    else if (pointed.peek()?.layer === name) pointed.value = undefined;
  });
  const shown = traced.value;
  const marks = window === undefined ? [] : order.map((channel): Mark => ({ channel, ...window, isFaint: true }));
  return (
    <Figure
      kind="Conv2D"
      title={`${maps.channels} maps, ${maps.height} × ${maps.width}`}
      name={name}
      data={() => Array.from(maps.data).join("\n")}
    >
      <div class="see-layer">
        <Pixels
          maps={maps}
          label={`Maps of ${name}, the strongest first`}
          range={range}
          columns={maps.channels / 8}
          order={order}
          hovered={hovered}
          selected={shown.layer === name ? shown : undefined}
          onSelect={(cell) => select({ layer: name, ...cell })}
          marks={marks}
        >
          <RangeBar range={range} unit="activation" />
        </Pixels>
      </div>
    </Figure>
  );
}
