/** The page: digits that are dragged or moved by keys, and the boxes that the network found. */
import { type Signal, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { layOut, paint } from "../../parts/maps.ts";
import { shownTheme } from "../../state/selection.ts";
import { placeLabels } from "./labels.ts";
import { DIGIT, type Found, moved, PAGE, type Placed, type Verdict } from "./state.ts";

export interface DigitPageProps {
  readonly page: Float32Array;
  readonly placed: readonly Placed[];
  readonly labels: ArrayLike<number>;
  readonly found: readonly Found[];
  /** Of each box. */
  readonly verdicts: readonly Verdict[];
  /** The box that is pointed at. */
  readonly marked: Signal<number | undefined>;
  readonly onChange: (placed: readonly Placed[]) => void;
}

const arrows: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

export function DigitPage({ page, placed, labels, found, verdicts, marked, onChange }: DigitPageProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<HTMLDivElement>(null);
  const held = useSignal<
    { readonly pointer: number; readonly from: Placed; readonly y: number; readonly x: number } | undefined
  >(undefined);
  const theme = shownTheme.value;
  const places = placeLabels(found, verdicts);
  useLayoutEffect(() => {
    const maps = { data: page, height: PAGE, width: PAGE, channels: 1 };
    const colours = paint(maps, layOut(maps, 1, 0), { range: { low: 0, high: 1 }, theme, colours: "ink" });
    canvas.current?.getContext("2d")?.putImageData(new ImageData(colours, PAGE), 0, 0);
  }, [page, theme]);
  const replace = (index: number, digit: Placed) => onChange(placed.map((each, i) => (i === index ? digit : each)));
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const step = arrows[event.key];
    if (step !== undefined) {
      const size = event.shiftKey ? 4 : 1;
      replace(index, moved(placed[index]!, size * step[0], size * step[1]));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      onChange(placed.filter((_, i) => i !== index));
      // The focus would be lost with the digit.
      stage.current?.querySelector<HTMLElement>(`button:not([data-digit="${index}"])`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div ref={stage} class="ap-page">
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; the digits on it are buttons. */}
      <canvas ref={canvas} width={PAGE} height={PAGE} aria-hidden="true" />
      <svg class="ap-marks" viewBox={`0 0 ${PAGE} ${PAGE}`} aria-hidden="true">
        {found.map(({ top, left }, i) => (
          <g
            key={`${top} ${left}`}
            class={`ap-box ${verdicts[i] === "right" ? "is-right" : "is-wrong"} ${marked.value === i ? "is-marked" : ""}`}
          >
            <rect x={left} y={top} width={DIGIT} height={DIGIT} />
            {places[i] !== undefined && (
              <text x={places[i].x} y={places[i].y}>
                {places[i].text}
              </text>
            )}
          </g>
        ))}
      </svg>
      {placed.map((digit, index) => (
        <button
          // A digit stays the same button while it moves; two of the same sample differ by their place in the list.
          key={`${index} ${digit.sample}`}
          type="button"
          data-digit={index}
          class="ap-digit"
          aria-label={`Digit ${digit.sample}, a ${labels[digit.sample]}, at row ${digit.y}, column ${digit.x}; arrow keys move it`}
          style={{ insetBlockStart: `${(100 * digit.y) / PAGE}%`, insetInlineStart: `${(100 * digit.x) / PAGE}%` }}
          onKeyDown={(event) => onKeyDown(event, index)}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            held.value = { pointer: event.pointerId, from: digit, y: event.clientY, x: event.clientX };
          }}
          onPointerMove={(event) => {
            const grip = held.value;
            if (grip?.pointer !== event.pointerId) return;
            const scale = PAGE / stage.current!.getBoundingClientRect().width;
            const next = moved(grip.from, (event.clientY - grip.y) * scale, (event.clientX - grip.x) * scale);
            if (next.y !== digit.y || next.x !== digit.x) replace(index, next);
          }}
          onPointerUp={() => {
            held.value = undefined;
          }}
          onPointerCancel={() => {
            held.value = undefined;
          }}
        />
      ))}
    </div>
  );
}
