/** The arithmetic of one place: products, the sum as it grows, bias and relu; and pooling as the next step. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import { signedColour } from "../../parts/colours.ts";
import { Figure } from "../../parts/figure.tsx";
import { rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { Slider } from "../../parts/slider.tsx";
import { shownTheme } from "../../state/selection.ts";
import { added, layer, output, place, pooled, pooling, poolSize, terms } from "./signals.ts";
import { asMaps } from "./slide.tsx";
import { squareAt } from "./state.ts";

export function Arithmetic() {
  const { bias, isRelu, size } = layer.value;
  const list = terms.value;
  const count = Math.min(added.value, list.length);
  const sum = list.slice(0, count).reduce((total, { product }) => total + product, 0);
  const isDone = count === list.length;
  const grid = useRef<HTMLDivElement>(null);
  const largest = Math.max(...list.map(({ product }) => Math.abs(product)), 0);
  const theme = shownTheme.value;
  useEffect(() => {
    const box = grid.current;
    if (box === null) return;
    box.style.gridTemplateColumns = `repeat(${size}, minmax(0, 1fr))`;
    box.querySelectorAll<HTMLElement>(".cv-product").forEach((cell, i) => {
      const share = i >= count || largest === 0 ? 0 : list[i]!.product / largest;
      cell.style.borderBlockEndColor = signedColour(share, theme);
    });
  }, [list, count, largest, size, theme]);
  if (output.value === undefined) return null;
  const { y, x } = place.value;
  return (
    <Figure
      title={`Row ${y}, column ${x} of the map: pixel × weight`}
      name="products"
      hasPicture={false}
      data={() => list.map(({ value, weight, product }) => [value, weight, product].join("\t")).join("\n")}
    >
      <div class="cv-sum">
        <div ref={grid} class="cv-products">
          {list.map(({ value, weight, product, isMargin }, i) => (
            <span key={i} class={i < count ? "cv-product" : "cv-product cv-waiting"}>
              <small>
                {isMargin ? "margin 0" : shortNumber(value)} × {shortNumber(weight)}
              </small>
              <b>{product.toFixed(2).replace("-", "−")}</b>
            </span>
          ))}
        </div>
        <div>
          <Slider
            label="Products added"
            value={count}
            min={0}
            max={list.length}
            onChange={(to) => {
              added.value = to === list.length ? 25 : to;
            }}
          />
          <p class="cv-total" aria-live="off">
            sum <b>{signed(sum)}</b>
            {isDone && (
              <>
                {" "}
                {bias < 0 ? "−" : "+"} bias <b>{Math.abs(bias).toFixed(3)}</b> = <b>{signed(sum + bias)}</b>
                {isRelu && (
                  <>
                    , relu gives <b>{signed(Math.max(0, sum + bias))}</b>
                  </>
                )}
              </>
            )}
          </p>
        </div>
      </div>
    </Figure>
  );
}

const signed = (value: number) => value.toFixed(3).replace("-", "−");

export function Pooled() {
  const map = pooled.value;
  const maps = useMemo(() => map && asMaps(map), [map]);
  const range = useMemo(() => (maps === undefined ? { low: 0, high: 0 } : rangeOf(maps)), [maps]);
  const before = output.value;
  if (maps === undefined || before === undefined || map === undefined) return null;
  const side = poolSize.value;
  const here = { channel: 0, y: Math.floor(place.value.y / side), x: Math.floor(place.value.x / side) };
  const isInside = here.y < maps.height && here.x < maps.width;
  const values = isInside ? squareAt(before, side, here) : [];
  const result = isInside ? map.data[here.y * map.width + here.x]! : Number.NaN;
  return (
    <Figure
      title={`After ${pooling.value} pooling, ${map.height} × ${map.width}`}
      name="pooled"
      data={() => Array.from(maps.data).join("\n")}
      caption={
        isInside
          ? `${pooling.value === "max" ? "The largest" : "The mean"} of ${values.map((each) => shortNumber(each)).join(", ")} is ${shortNumber(result)}.`
          : "The window's place fills no whole square: pooling leaves it out."
      }
    >
      <div class="cv-pooled">
        <Pixels
          maps={maps}
          label="The map after pooling"
          noun="pooled map"
          range={range}
          selected={isInside ? here : undefined}
        >
          <RangeBar range={range} unit={pooling.value} />
        </Pixels>
      </div>
    </Figure>
  );
}
