/** Image, kernel and map, with the window that slides. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import { signedColour } from "../../parts/colours.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Cell, type Maps, rangeOf } from "../../parts/maps.ts";
import { Notice } from "../../parts/notice.tsx";
import { type Mark, Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { channel, sample, shownTheme } from "../../state/selection.ts";
import {
  fault,
  image,
  imageSource,
  LARGEST,
  layer,
  output,
  own,
  paintImage,
  paintKernel,
  place,
  pooled,
  poolSize,
  reset,
  selectHere,
  settings,
  slideOn,
  slideTo,
  terms,
} from "./signals.ts";
import { type Image, placeUnder, spanOf } from "./state.ts";

export const asMaps = ({ data, height, width }: Image): Maps => ({ data, height, width, channels: 1 });

/** Places a second while the window plays. */
const PACE = 5;

export function ImageFigure() {
  const shown = image.value;
  const hovered = useSignal<Cell | undefined>(undefined);
  const isPressed = useRef(false);
  const brush = useRef(1);
  useSignalEffect(() => {
    const cell = hovered.value;
    const given = image.peek();
    if (cell === undefined || given === undefined || fault.peek() !== undefined) return;
    if (imageSource.peek() === "own") {
      if (isPressed.current) paintImage(cell, brush.current);
    } else slideTo(placeUnder(settings.peek(), given.height, cell));
  });
  const maps = useMemo(() => shown && asMaps(shown), [shown]);
  if (maps === undefined) return null;
  const isOwn = imageSource.value === "own";
  const toggle = (cell: Cell) => {
    if (isOwn) paintImage(cell, own.value[cell.y * maps.width + cell.x]! > 0 ? 0 : 1);
    else selectHere(channel.value);
  };
  return (
    <Figure
      title={isOwn ? "Your image: paint it" : `Digit ${sample.value}, ${maps.height} × ${maps.width}`}
      name="image"
      data={() => Array.from(maps.data).join("\n")}
      onReset={reset}
    >
      <div
        class={isOwn ? "cv-image cv-own" : "cv-image"}
        onPointerDown={() => {
          isPressed.current = true;
          const cell = hovered.peek();
          if (cell !== undefined && isOwn) brush.current = own.peek()[cell.y * maps.width + cell.x]! > 0 ? 0 : 1;
        }}
        onPointerUp={() => {
          isPressed.current = false;
        }}
        onPointerLeave={() => {
          isPressed.current = false;
        }}
      >
        <Pixels
          maps={maps}
          label={isOwn ? "Your image. Enter paints the pixel." : "The digit; the box is the window"}
          noun="image"
          colours="ink"
          range={{ low: 0, high: 1 }}
          hovered={hovered}
          marks={windowMarks(maps)}
          onSelect={toggle}
        />
      </div>
    </Figure>
  );
}

/** The window as a box, as far as it lies on the image; with dilation also each pixel that it touches. */
function windowMarks(maps: Maps): Mark[] {
  const [first] = terms.value;
  if (first === undefined) return [];
  const span = spanOf(settings.value);
  const [top, left] = [Math.max(0, first.y), Math.max(0, first.x)];
  const [bottom, right] = [Math.min(maps.height, first.y + span), Math.min(maps.width, first.x + span)];
  const box = { channel: 0, y: top, x: left, height: bottom - top, width: right - left };
  if (settings.value.dilation === 1) return [box];
  const touched = terms.value.filter(({ isMargin }) => !isMargin);
  return [box, ...touched.map(({ y, x }) => ({ channel: 0, y, x, height: 1, width: 1 }))];
}

export function KernelFigure() {
  const { kernel, size } = layer.value;
  const largest = Math.max(...Array.from(kernel, Math.abs));
  const grid = useRef<HTMLDivElement>(null);
  const theme = shownTheme.value;
  useEffect(() => {
    grid.current!.querySelectorAll<HTMLInputElement>("input").forEach((cell, i) => {
      const share = largest === 0 ? 0 : kernel[i]! / largest;
      cell.style.backgroundColor = signedColour(share, theme);
      cell.style.color = Math.abs(share) > 0.5 ? (theme === "dark" ? "#141417" : "#fff") : "";
    });
    grid.current!.style.gridTemplateColumns = `repeat(${size}, minmax(0, 1fr))`;
  }, [kernel, largest, size, theme]);
  return (
    <Figure
      title={`Kernel, ${size} × ${size}: change a weight`}
      name="kernel"
      hasPicture={false}
      data={() => Array.from(kernel).join("\n")}
      caption={`Weights add up to ${shortNumber(Array.from(kernel).reduce((sum, each) => sum + each, 0))}.`}
    >
      <div ref={grid} class="cv-kernel">
        {Array.from(kernel, (weight, i) => (
          <input
            key={`${size} ${i}`}
            type="number"
            step={0.1}
            aria-label={`Weight in row ${Math.floor(i / size)}, column ${i % size}`}
            value={Number(weight.toFixed(3))}
            onChange={({ currentTarget }) => {
              const typed = currentTarget.valueAsNumber;
              if (Number.isFinite(typed) && Math.abs(typed) <= LARGEST) paintKernel(i, typed);
              else currentTarget.value = String(Number(weight.toFixed(3)));
            }}
          />
        ))}
      </div>
    </Figure>
  );
}

export function OutputFigure() {
  const map = output.value;
  const hovered = useSignal<Cell | undefined>(undefined);
  useSignalEffect(() => {
    if (hovered.value !== undefined) slideTo({ y: hovered.value.y, x: hovered.value.x });
  });
  const isPlaying = useSignal(false);
  useEffect(() => {
    if (!isPlaying.value) return;
    const timer = setInterval(slideOn, 1000 / PACE);
    return () => clearInterval(timer);
  }, [isPlaying.value]);
  const maps = useMemo(() => map && asMaps(map), [map]);
  const range = useMemo(() => (maps === undefined ? { low: 0, high: 0 } : rangeOf(maps)), [maps]);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const here: Cell = { channel: 0, ...place.value };
  return (
    <Figure
      title={map === undefined ? "Map" : `Map, ${map.height} × ${map.width}`}
      name="convolved"
      {...(maps && { data: () => Array.from(maps.data).join("\n") })}
    >
      {maps === undefined ? (
        fault.value !== undefined && <Notice kind="info">{fault.value.text}</Notice>
      ) : (
        <>
          <Pixels
            maps={maps}
            label="The map. Arrow keys slide the window."
            noun="map"
            range={range}
            hovered={hovered}
            selected={here}
            onSelect={({ y, x }) => {
              slideTo({ y, x });
              selectHere(channel.value);
            }}
            marks={poolMarks(maps)}
          >
            <RangeBar range={range} unit={layer.value.isRelu ? "activation" : "sum"} />
          </Pixels>
          <div class="cv-play">
            {!isStill && (
              <button
                type="button"
                onClick={() => {
                  isPlaying.value = !isPlaying.value;
                }}
              >
                {isPlaying.value ? "Pause" : "Play"}
              </button>
            )}
            <button type="button" onClick={slideOn}>
              Next place
            </button>
          </div>
        </>
      )}
    </Figure>
  );
}

/** The square of pooling in which the place lies. */
function poolMarks(maps: Maps): Mark[] {
  if (pooled.value === undefined) return [];
  const side = poolSize.value;
  const [y, x] = [Math.floor(place.value.y / side) * side, Math.floor(place.value.x / side) * side];
  return y + side > maps.height || x + side > maps.width ? [] : [{ channel: 0, y, x, height: side, width: side }];
}
