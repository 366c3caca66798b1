/** Convolution over 64 channels: a unit of the second layer as 64 sums of nine products. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { Slider } from "../../parts/slider.tsx";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { channel, sample, select, unit } from "../../state/selection.ts";
import { strongestUnit, sumOfUnit } from "../../state/unit-sum.ts";

const FILTERS = 32;
const SIDE = 24;

export function Channels() {
  const answer = useAnswer((signal) => {
    const [digits, at] = [samples.value, weightsAt.value];
    if (network.value === undefined || digits === undefined) return undefined;
    const image = imageOf(digits, sample.value).slice();
    return Promise.all([
      engine.call("featureMaps", { image, at }, { signal }),
      engine.call("weights", { at }, { signal }),
    ]);
  });
  const many = useSignal(64);
  const filter = channel.value % FILTERS;
  const { value, failure } = answer.value;
  const maps = useMemo((): { input: Maps; all: Maps; output: Maps } | undefined => {
    const [first, second] = value?.[0].layers ?? [];
    if (first === undefined || second === undefined) return undefined;
    const { data, shape } = second;
    const filters = shape[2]!;
    const one = Float32Array.from({ length: SIDE * SIDE }, (_, i) => data[i * filters + filter]!);
    return {
      input: { data: first.data, height: first.shape[0]!, width: first.shape[1]!, channels: first.shape[2]! },
      all: { data, height: SIDE, width: SIDE, channels: filters },
      output: { data: one, height: SIDE, width: SIDE, channels: 1 },
    };
  }, [value, filter]);
  const place = { y: Math.min(SIDE - 1, unit.value.y), x: Math.min(SIDE - 1, unit.value.x) };
  const [, , kernel, bias] = value?.[1].weights ?? [];
  const sum =
    maps && kernel && bias
      ? sumOfUnit(maps.input, { kernel: kernel.data, bias: bias.data }, { ...place, channel: filter })
      : undefined;
  const parts = useMemo((): Maps | undefined => sum && { data: sum.parts, height: 8, width: 8, channels: 1 }, [sum]);
  if (maps === undefined || sum === undefined || parts === undefined)
    return failure === undefined ? null : <p class="fault">{failure}</p>;
  const range = rangeOf(parts);
  const strongest = strongestUnit(maps.all);
  const total = sum.parts.slice(0, many.value).reduce((so, part) => so + part, 0);
  const go = (to: { channel?: number; y?: number; x?: number }) =>
    select({ layer: "conv2d_1", channel: filter, ...place, ...to });
  return (
    <div class="cv-channels">
      <Figure
        title="Nine products of each of 64 maps"
        name="channels"
        failure={failure}
        data={() => Array.from(sum.parts).join("\n")}
      >
        <Pixels maps={parts} label="What each map of conv2d brings" noun="map of conv2d" range={range}>
          <RangeBar range={range} unit="nine products" />
        </Pixels>
      </Figure>
      <div>
        <Figure
          title={`Filter ${filter} of conv2d_1: all its sums`}
          name="channels-map"
          data={() => Array.from(maps.output.data).join("\n")}
        >
          <Pixels
            maps={maps.output}
            label={`Map ${filter} of conv2d_1. Arrow keys choose the unit.`}
            noun="map"
            range={rangeOf(maps.output)}
            selected={{ channel: 0, ...place }}
            onSelect={({ y, x }) => go({ y, x })}
          />
        </Figure>
      </div>
      <div class="cv-channel-sum">
        <Slider
          label="Filter"
          value={filter}
          min={0}
          max={FILTERS - 1}
          onChange={(to) => go({ channel: Math.round(to) })}
        />
        <Slider
          label="Maps added"
          value={many.value}
          min={0}
          max={64}
          onChange={(to) => {
            many.value = Math.round(to);
          }}
        />
        <button type="button" onClick={() => go(strongest)}>
          Take the strongest unit of this digit
        </button>
        <p class="cv-total">
          {many.value * 9} products: <b>{shortNumber(total)}</b>
          {many.value === 64 && (
            <>
              {" "}
              and bias <b>{shortNumber(sum.bias)}</b> give <b>{shortNumber(sum.total)}</b>; relu gives{" "}
              <b class="cv-activation">{sum.activation.toFixed(4)}</b>, and the map shows{" "}
              <b>{maps.output.data[place.y * SIDE + place.x]!.toFixed(4)}</b>
            </>
          )}
        </p>
      </div>
    </div>
  );
}
