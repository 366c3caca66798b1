/** The light of the retina, shown to the network: what each filter of a layer answers at every place. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf, strongestFirst } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { select } from "../../state/selection.ts";
import type { MapUnit } from "./network.ts";
import { seen } from "./signals.ts";

/** Light that moves is shown to the network when it has rested so long. */
const REST_MS = 60;

export function LiveMaps({ unit }: { readonly unit: MapUnit }) {
  const rested = useSignal(seen.peek());
  useSignalEffect(() => {
    const light = seen.value;
    const timer = setTimeout(() => {
      rested.value = light;
    }, REST_MS);
    return () => clearTimeout(timer);
  });
  const answer = useAnswer((signal) => {
    const [image, at] = [rested.value, weightsAt.value];
    return network.value === undefined ? undefined : engine.call("featureMaps", { image, at }, { signal });
  });
  const { value, failure } = answer.value;
  const maps = useMemo((): Maps | undefined => {
    const found = value?.layers.find(({ name }) => name === unit.layer);
    if (found === undefined) return undefined;
    const [height, width, channels] = found.shape as [number, number, number];
    return { data: found.data, height, width, channels };
  }, [value, unit.layer]);
  const range = useMemo(() => (maps === undefined ? { low: 0, high: 0 } : rangeOf(maps)), [maps]);
  const order = useMemo(() => maps && strongestFirst(maps), [maps]);
  return (
    <Figure
      title="Your light, shown to the network: the maps that answer most come first"
      name="light-maps"
      failure={failure}
      {...(maps && { data: () => Array.from(maps.data).join("\n") })}
    >
      {maps !== undefined && order !== undefined && (
        <Pixels
          maps={maps}
          label={`Maps of ${unit.layer} for the light on the retina`}
          range={range}
          columns={maps.channels > 32 ? 16 : 8}
          order={order}
          selected={unit}
          onSelect={(cell) => select({ layer: unit.layer, ...cell })}
        >
          <RangeBar range={range} unit="activation" />
        </Pixels>
      )}
    </Figure>
  );
}
