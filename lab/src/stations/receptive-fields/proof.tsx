/** The field of one unit: what theory says, what derivatives measure, and the proof by a changed pixel. */
import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import type { LayerMaps } from "../../engine/protocol.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Cell, type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { useAnswer } from "../../state/answer.ts";
import { boxOf } from "../../state/box.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { channel, layer, sample, select, unit } from "../../state/selection.ts";
import { strongestUnit, sumOfUnit } from "../../state/unit-sum.ts";
import { bitsOf, checkField, type MapUnit, mapUnitOf, withChanged } from "./network.ts";
import type { UnitInput } from "./tasks.ts";

const ask = <T,>(task: "field" | "unitValues", input: UnitInput, signal: AbortSignal) =>
  engine.call("task", { station: "receptive-fields", task, input }, { signal }) as Promise<T>;

const map = (data: Float32Array): Maps => ({ data, height: 28, width: 28, channels: 1 });

export function FieldProof() {
  const place = useComputed(() => mapUnitOf({ layer: layer.value, channel: channel.value, ...unit.value }));
  const image = useComputed(() => samples.value && imageOf(samples.value, sample.value));
  return (
    <div class="rf-proof">
      <MeasuredField unit={place.value} />
      <Proof unit={place.value} pixels={image.value} />
      <Sum unit={place.value} pixels={image.value} />
    </div>
  );
}

/** Rounding is said as such. */
const outsideWords = (share: number) => (share === 0 ? "0" : `${share.toExponential(0)} (rounding)`);

const nameOf = ({ layer: name, channel: at, y, x }: MapUnit) => `${name}, map ${at}, row ${y}, column ${x}`;

function MeasuredField({ unit: place }: { readonly unit: MapUnit }) {
  const measured = useAnswer((signal) => {
    const [digits, at] = [samples.value, weightsAt.value];
    const {
      layer: name,
      channel: map,
      y,
      x,
    } = mapUnitOf({ layer: layer.value, channel: channel.value, ...unit.value });
    if (network.value === undefined || digits === undefined) return undefined;
    return ask<Float32Array>("field", { at, layer: name, y, x, channel: map, images: digits.images.slice() }, signal);
  });
  const { value, failure } = measured.value;
  const maps = useMemo(() => map(value ?? new Float32Array(784)), [value]);
  const range = useMemo(() => rangeOf(maps), [maps]);
  const info = network.value?.layers.find(({ name }) => name === place.layer);
  const box = info && boxOf(info, place, 28);
  const found = value && box && checkField(value, box);
  return (
    <Figure
      title="Field, measured over 100 digits"
      name="measured-field"
      failure={failure}
      data={() => Array.from(maps.data).join("\n")}
      caption={
        info?.field && (
          <>
            Theory: size {info.field.size.join(" × ")}, jump {info.field.jump[0]}, start {info.field.start[0]}.{" "}
            {found !== undefined && (
              <>
                Measured: {found.inside} pixels in the box; outside, at most {outsideWords(found.outside)} of the
                largest slope.
              </>
            )}
          </>
        )
      }
    >
      <Pixels
        maps={maps}
        label={`Field of ${nameOf(place)}`}
        noun="field"
        range={range}
        marks={box ? [{ channel: 0, ...box }] : []}
      >
        <RangeBar range={range} unit="mean |slope|" />
      </Pixels>
    </Figure>
  );
}

interface UnitProps {
  readonly unit: MapUnit;
  readonly pixels: Float32Array | undefined;
}

function Proof({ unit: place, pixels }: UnitProps) {
  const touched = useSignal<Cell>({ channel: 0, y: 20, x: 8 });
  const hovered = useSignal<Cell | undefined>(undefined);
  const answer = useAnswer((signal) => {
    const at = weightsAt.value;
    const {
      layer: name,
      channel: map,
      y,
      x,
    } = mapUnitOf({ layer: layer.value, channel: channel.value, ...unit.value });
    if (network.value === undefined || samples.value === undefined) return undefined;
    const images = withChanged(imageOf(samples.value, sample.value), touched.value);
    return ask<Float32Array>("unitValues", { at, layer: name, y, x, channel: map, images }, signal);
  });
  const { value, failure } = answer.value;
  const maps = useMemo(
    () => map(pixels ? withChanged(pixels, touched.value).slice(784) : new Float32Array(784)),
    [pixels, touched.value],
  );
  const info = network.value?.layers.find(({ name }) => name === place.layer);
  const box = info && boxOf(info, place, 28);
  const { y, x } = touched.value;
  const isInside = box !== undefined && y >= box.y && x >= box.x && y < box.y + box.height && x < box.x + box.width;
  const grey = pixels?.[y * 28 + x] ?? 0;
  return (
    <Figure
      title="Proof: choose a pixel to invert"
      name="proof"
      failure={failure}
      caption="Computed by the reference device, which adds the products one by one."
    >
      <Pixels
        maps={maps}
        label={`Digit ${sample.value} with pixel ${y}, ${x} inverted`}
        noun="digit"
        colours="ink"
        range={{ low: 0, high: 1 }}
        marks={box ? [{ channel: 0, ...box }] : []}
        hovered={hovered}
        selected={touched.value}
        onSelect={(cell) => {
          touched.value = cell;
        }}
      />
      {value !== undefined && <Verdict {...{ isInside, grey }} before={value[0]!} after={value[1]!} />}
    </Figure>
  );
}

interface VerdictProps {
  readonly isInside: boolean;
  readonly grey: number;
  readonly before: number;
  readonly after: number;
}

function Verdict({ isInside, grey, before, after }: VerdictProps) {
  const isSame = bitsOf(before) === bitsOf(after);
  return (
    <table class="rf-table" data-same={isSame}>
      <caption>
        Pixel {isInside ? "inside of" : "outside of"} the field: the unit{" "}
        <b>{isSame ? "stays the same, bit for bit" : "changes"}</b>
        {isSame && isInside ? " (it is silent: relu cuts both sums off at 0, or the weight has no effect)" : ""}
      </caption>
      <thead>
        <tr>
          <th scope="col">pixel</th>
          <th scope="col">unit</th>
          <th scope="col">bits</th>
        </tr>
      </thead>
      <tbody>
        {[
          [grey, before],
          [1 - grey, after],
        ].map(([level, value], i) => (
          <tr key={i}>
            <td>{level!.toFixed(3)}</td>
            <td>{value!.toFixed(7)}</td>
            <td>
              <code>{bitsOf(value!)}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sum({ unit: place, pixels }: UnitProps) {
  const answer = useAnswer((signal) => {
    const [digits, at] = [samples.value, weightsAt.value];
    if (network.value === undefined || digits === undefined) return undefined;
    return Promise.all([
      engine.call("featureMaps", { image: imageOf(digits, sample.value).slice(), at }, { signal }),
      engine.call("weights", { at }, { signal }),
    ]);
  });
  const { value, failure } = answer.value;
  if (value === undefined || pixels === undefined) return null;
  const [{ layers }, { weights }] = value;
  const [kernel, bias] = weights.filter((each) => each.layer === place.layer);
  const input = place.layer === "conv2d" ? map(pixels) : asMaps(layers.find(({ name }) => name === "conv2d")!);
  const shown = layers.find(({ name }) => name === place.layer)!;
  const sum = sumOfUnit(input, { kernel: kernel!.data, bias: bias!.data }, place);
  const activation = shown.data[(place.y * shown.shape[1]! + place.x) * shown.shape[2]! + place.channel]!;
  return (
    <Figure
      title={`Sum of unit ${place.y}, ${place.x} of map ${place.channel}`}
      name="unit-sum"
      failure={failure}
      data={() => sum.products.map(({ value: seen, weight, product }) => [seen, weight, product].join("\t")).join("\n")}
    >
      {place.layer === "conv2d" ? <Products products={sum.products} /> : <Parts parts={sum.parts} />}
      <p class="rf-total">
        {sum.products.length} products {shortNumber(sum.total - sum.bias)}, plus bias {shortNumber(sum.bias)} ={" "}
        {sum.total.toFixed(5)}; relu gives <b>{sum.activation.toFixed(5)}</b>. The map shows{" "}
        <b class="rf-activation">{activation.toFixed(5)}</b>.
      </p>
      <button type="button" onClick={() => select({ layer: place.layer, ...strongestUnit(asMaps(shown)) })}>
        Take the strongest unit of this digit
      </button>
    </Figure>
  );
}

const asMaps = ({ data, shape: [height = 1, width = 1, channels = 1] }: LayerMaps): Maps => ({
  data,
  height,
  width,
  channels,
});

function Products({ products }: { readonly products: ReturnType<typeof sumOfUnit>["products"] }) {
  let total = 0;
  return (
    <table class="rf-table">
      <caption>pixel × weight, and the sum so far</caption>
      <tbody>
        {products.map(({ value, weight, product }, i) => {
          total += product;
          return (
            <tr key={i}>
              <td>{value.toFixed(3)}</td>
              <td>× {weight.toFixed(4)}</td>
              <td>= {product.toFixed(4)}</td>
              <td>{total.toFixed(4)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** The 64 sums of nine products as an 8 x 8 map. */
function Parts({ parts }: { readonly parts: Float64Array }) {
  const maps: Maps = useMemo(() => ({ data: parts, height: 8, width: 8, channels: 1 }), [parts]);
  const range = useMemo(() => rangeOf(maps), [maps]);
  return (
    <Pixels maps={maps} label="What each of the 64 maps brings: nine products added" noun="share" range={range}>
      <RangeBar range={range} unit="nine products" />
    </Pixels>
  );
}
