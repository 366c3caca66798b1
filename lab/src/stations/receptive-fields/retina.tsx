/** The retina: light that is dragged and turned, over the fields of the cells that look at it. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Figure } from "../../parts/figure.tsx";
import { layOut, type Maps, paint } from "../../parts/maps.ts";
import { Segments } from "../../parts/segments.tsx";
import { Slider } from "../../parts/slider.tsx";
import { shownTheme } from "../../state/selection.ts";
import type { Neuron } from "./bench.ts";
import { preferred, seen, show, stimulus } from "./signals.ts";
import { FIELD, MOSAIC, placeOf } from "./state.ts";
import { moved, periods, RETINA, type Shape, shapes, turnedBy } from "./stimulus.ts";

/** Degrees of a turn by key or wheel. */
const TURN = 5;

const mosaicPlaces = Array.from({ length: MOSAIC * MOSAIC }, (_, i) => ({
  y: placeOf(Math.floor(i / MOSAIC)),
  x: placeOf(i % MOSAIC),
}));

export function Retina({ neurons }: { readonly neurons: readonly Neuron[] }) {
  const { value } = stimulus;
  return (
    <Figure
      title="Retina: drag the light, then turn it by the wheel"
      name="retina"
      data={() => Array.from(seen.value).join("\n")}
      onReset={() => show({ shape: "bar", y: 14, x: 14, angle: 45, length: 16, width: 1.6 })}
    >
      <Stage neurons={neurons} />
      <div class="rf-controls">
        <Segments label="Light" options={shapes} value={value.shape} onChange={(shape) => show({ ...value, shape })} />
        <Slider
          label="Direction"
          unit="°"
          value={value.angle}
          min={0}
          max={periods[value.shape] - 1}
          onChange={(angle) => show({ ...value, angle })}
        />
        <Slider
          label="Length"
          unit="px"
          value={value.length}
          min={2}
          max={40}
          onChange={(length) => show({ ...value, length })}
        />
        <Slider
          label="A prefers"
          unit="°"
          value={preferred.value}
          min={0}
          max={179}
          onChange={(angle) => {
            preferred.value = angle;
          }}
        />
      </div>
    </Figure>
  );
}

function Stage({ neurons }: { readonly neurons: readonly Neuron[] }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const grabbed = useRef<{ readonly down: number; readonly right: number } | undefined>(undefined);
  const theme = shownTheme.value;
  const pixels = seen.value;
  const { value } = stimulus;
  useLayoutEffect(() => {
    const maps: Maps = { data: pixels, height: RETINA, width: RETINA, channels: 1 };
    const image = paint(maps, layOut(maps, 1, 0), { range: { low: 0, high: 1 }, colours: "ink", theme });
    canvas.current!.getContext("2d")!.putImageData(new ImageData(image, RETINA), 0, 0);
  }, [pixels, theme]);
  // Turning must not scroll the page, and only a listener that is not passive can say so.
  useLayoutEffect(() => {
    const turn = (event: WheelEvent) => {
      if (document.activeElement !== stage.current) return;
      event.preventDefault();
      show(turnedBy(stimulus.peek(), event.deltaY > 0 ? -TURN : TURN));
    };
    const { current } = stage;
    current!.addEventListener("wheel", turn, { passive: false });
    return () => current!.removeEventListener("wheel", turn);
  }, []);
  const under = (event: PointerEvent) => {
    const box = stage.current!.getBoundingClientRect();
    const scale = RETINA / box.width;
    return { y: (event.clientY - box.top) * scale - 0.5, x: (event.clientX - box.left) * scale - 0.5 };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const next = byKey(event);
    if (next === undefined) return;
    event.preventDefault();
    show(next(stimulus.peek()));
  };
  return (
    <>
      <div
        ref={stage}
        class="rf-stage"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes its own keys.
        tabIndex={0}
        aria-label={`Retina. ${describe(value.shape, value.angle)} at row ${value.y}, column ${value.x}. Arrow keys move it, Shift with left or right turns it.`}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => {
          const at = under(event);
          grabbed.current = { down: value.y - at.y, right: value.x - at.x };
          // Light that is far away comes to the pointer.
          if (Math.hypot(grabbed.current.down, grabbed.current.right) > FIELD) grabbed.current = { down: 0, right: 0 };
          stage.current!.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (grabbed.current === undefined) return;
          const at = under(event);
          const to = { y: at.y + grabbed.current.down, x: at.x + grabbed.current.right };
          show(moved({ ...stimulus.peek(), ...to }, 0, 0));
        }}
        onPointerUp={() => {
          grabbed.current = undefined;
        }}
        onPointerCancel={() => {
          grabbed.current = undefined;
        }}
      >
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; the label describes what it shows. */}
        <canvas ref={canvas} width={RETINA} height={RETINA} aria-hidden="true" />
        <svg viewBox={`-0.5 -0.5 ${RETINA} ${RETINA}`} aria-hidden="true">
          {mosaicPlaces.map(({ y, x }) => (
            <circle key={`${y} ${x}`} class="rf-tile" cx={x} cy={y} r={FIELD / 2} />
          ))}
          {neurons.map(({ name, cell }) => cell && <FieldMark key={name} name={name} {...cell} />)}
        </svg>
      </div>
      <p class="readout" aria-hidden="true">
        {describe(value.shape, value.angle)}, row {value.y}, column {value.x}
      </p>
    </>
  );
}

const describe = (shape: Shape, angle: number) => `${shape} at ${angle}°`;

type Change = (from: typeof stimulus.value) => typeof stimulus.value;

function byKey({ key, shiftKey }: KeyboardEvent): Change | undefined {
  if (key === "ArrowLeft") return shiftKey ? (from) => turnedBy(from, TURN) : (from) => moved(from, 0, -1);
  if (key === "ArrowRight") return shiftKey ? (from) => turnedBy(from, -TURN) : (from) => moved(from, 0, 1);
  if (key === "ArrowUp") return shiftKey ? (from) => turnedBy(from, TURN) : (from) => moved(from, -1, 0);
  if (key === "ArrowDown") return shiftKey ? (from) => turnedBy(from, -TURN) : (from) => moved(from, 1, 0);
  return undefined;
}

/** A cell's field as a circle with a line in the direction that it prefers. */
function FieldMark({ name, y, x, angle }: { name: string; y: number; x: number; angle: number }) {
  const radians = (angle * Math.PI) / 180;
  const [right, up] = [(Math.cos(radians) * FIELD) / 2, (Math.sin(radians) * FIELD) / 2];
  return (
    <g class={`rf-field rf-field-${name.toLowerCase()}`}>
      <circle cx={x} cy={y} r={FIELD / 2} />
      <line x1={x - right} y1={y + up} x2={x + right} y2={y - up} />
      <text x={x + right * 1.15} y={y - up * 1.15} text-anchor="middle" dominant-baseline="central">
        {name}
      </text>
    </g>
  );
}
