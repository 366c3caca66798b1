/** Spike trains: what an electrode beside each cell would record, drawn and, if wanted, heard. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import { Figure } from "../../parts/figure.tsx";
import { layOut, type Maps, paint } from "../../parts/maps.ts";
import { shownTheme } from "../../state/selection.ts";
import { type Neuron, neurons } from "./bench.ts";
import { Speaker } from "./sound.ts";
import { BEST_RATE, FIELD, fieldWeights, Membrane } from "./state.ts";

/** Seconds of a train that are seen. */
const WINDOW = 2;
/** A page that was hidden has not been recorded meanwhile. */
const LONGEST_FRAME = 0.1;

class Train {
  readonly membrane = new Membrane();
  /** Times of spikes in seconds, the newest last. */
  times: number[] = [];
}

const stillQuery = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)");

export function Spikes() {
  const heard = useSignal<string | undefined>(undefined);
  const speaker = useRef<Speaker | undefined>(undefined);
  const listen = (name: string) => {
    heard.value = heard.value === name ? undefined : name;
    if (heard.value !== undefined) speaker.current ??= new Speaker();
  };
  useEffect(() => () => void speaker.current?.close(), []);
  const box = useRef<HTMLDivElement>(null);
  const isInView = useSignal(false);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      isInView.value = entry?.isIntersecting ?? false;
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const trains = useRef(new Map<string, Train>());
  const running = useRef(0);
  useSignalEffect(() => {
    const isFiring = neurons.value.some(({ rate }) => rate > 0);
    shownTheme.value;
    if (!isInView.value) {
      cancelAnimationFrame(running.current);
      running.current = 0;
    } else if (stillQuery?.matches) drawStill(box.current!);
    else if (running.current === 0 && (isFiring || trains.current.size === 0)) run();
  });
  const run = () => {
    let last = performance.now() / 1000;
    const step = (ms: number) => {
      const now = ms / 1000;
      const passed = Math.min(LONGEST_FRAME, Math.max(0, now - last));
      last = now;
      let isQuiet = true;
      for (const { name, rate } of neurons.peek()) {
        const train = trains.current.get(name) ?? new Train();
        trains.current.set(name, train);
        const fresh = train.membrane.pass(passed, rate);
        train.times = [...train.times.filter((time) => time > now - WINDOW), ...fresh.map((at) => now - passed + at)];
        if (heard.peek() === name) speaker.current?.click(fresh);
        if (rate > 0 || train.times.length > 0) isQuiet = false;
        drawTrain(
          canvasOf(box.current!, name),
          train.times.map((time) => (now - time) / WINDOW),
        );
      }
      running.current = isQuiet ? 0 : requestAnimationFrame(step);
    };
    running.current = requestAnimationFrame(step);
  };
  useEffect(() => () => cancelAnimationFrame(running.current), []);
  return (
    <Figure
      title={`Spikes of the last ${WINDOW} seconds`}
      name="spikes"
      data={() => neurons.value.map(({ name, rate }) => `${name}\t${rate}`).join("\n")}
      caption={`Each line is a spike. The best bar calls forth ${BEST_RATE} a second.`}
    >
      <div ref={box} class="rf-spikes">
        {neurons.value.map((neuron) => (
          <Row key={neuron.name} neuron={neuron} isHeard={heard.value === neuron.name} onListen={listen} />
        ))}
      </div>
    </Figure>
  );
}

interface RowProps {
  readonly neuron: Neuron;
  readonly isHeard: boolean;
  readonly onListen: (name: string) => void;
}

function Row({ neuron: { name, about, cell, rate, terms }, isHeard, onListen }: RowProps) {
  return (
    <div class="rf-row">
      {cell === undefined ? <Wiring terms={terms ?? []} /> : <Kernel angle={cell.angle} />}
      <div class="rf-who">
        <b class={`rf-name-${name.toLowerCase()}`}>{name}</b> {about}
      </div>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; the rate is beside it. */}
      <canvas class="rf-train" data-neuron={name} height={34} aria-hidden="true" />
      <output class="rf-rate" aria-label={`${name}, spikes a second`}>
        {rate.toFixed(0)}/s
      </output>
      <button
        type="button"
        class="tool"
        aria-label={`${isHeard ? "Mute" : "Listen to"} ${name}`}
        onClick={() => onListen(name)}
      >
        {isHeard ? "mute" : "listen"}
      </button>
    </div>
  );
}

/** The weights of a simple cell. */
function Kernel({ angle }: { readonly angle: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shownTheme.value;
  useLayoutEffect(() => {
    const data = fieldWeights(angle);
    const largest = data.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const maps: Maps = { data, height: FIELD, width: FIELD, channels: 1 };
    const image = paint(maps, layOut(maps, 1, 0), { range: { low: -largest, high: largest }, theme });
    canvas.current!.getContext("2d")!.putImageData(new ImageData(image, FIELD), 0, 0);
  }, [angle, theme]);
  return (
    <canvas ref={canvas} class="rf-kernel" width={FIELD} height={FIELD} role="img" aria-label={`Field at ${angle}°`} />
  );
}

/** What the four inputs of a second-layer cell bring, each at its side. */
function Wiring({ terms }: { readonly terms: NonNullable<Neuron["terms"]> }) {
  const words = terms.map(({ name, value }) => `${name} ${shortNumber(Math.round(value))}`).join(", ");
  return (
    <span class="rf-wiring" role="img" aria-label={`Inputs: ${words}`} title={words}>
      {terms.map(({ name, value }) => (
        <span key={name} class={`rf-wire rf-wire-${name}`}>
          {shortNumber(Math.round(value))}
        </span>
      ))}
    </span>
  );
}

const canvasOf = (box: HTMLElement, name: string) => box.querySelector<HTMLCanvasElement>(`[data-neuron="${name}"]`);

/** Spikes as lines; ages are shares of the window, and the newest is at the right. */
function drawTrain(canvas: HTMLCanvasElement | null, ages: readonly number[]): void {
  if (canvas === null) return;
  const ratio = globalThis.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.round(34 * ratio);
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, width, height);
  context.fillStyle = getComputedStyle(canvas).color;
  context.globalAlpha = 0.25;
  context.fillRect(0, height - ratio, width, ratio);
  context.globalAlpha = 1;
  for (const age of ages)
    context.fillRect(Math.round((1 - age) * (width - 2 * ratio)), 4 * ratio, 1.4 * ratio, height - 5 * ratio);
}

/** Without motion: the spikes that the present rates make within the window. */
function drawStill(box: HTMLElement): void {
  for (const { name, rate } of neurons.peek())
    drawTrain(
      canvasOf(box, name),
      new Membrane().pass(WINDOW, rate).map((time) => 1 - time / WINDOW),
    );
}
