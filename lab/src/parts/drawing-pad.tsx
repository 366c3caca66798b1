/** A pad to draw a digit on, by mouse, touch, pen or keyboard. All pads show the same drawing. */
import { useSignal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { CELL, cellCentre, extend, PAD, type Point, type Stroke } from "../base/drawing.ts";
import { ink, strokes } from "../state/drawing.ts";
import { shownTheme } from "../state/selection.ts";

const SIDE = PAD / CELL;

/** The pad, with what takes strokes back below it. */
export function DrawingPad() {
  const isEmpty = strokes.value.length === 0;
  return (
    <div>
      <Pad />
      <div class="drawing-tools">
        <button
          type="button"
          disabled={isEmpty}
          onClick={() => {
            strokes.value = strokes.value.slice(0, -1);
          }}
        >
          Undo
        </button>
        <button
          type="button"
          disabled={isEmpty}
          onClick={() => {
            strokes.value = [];
          }}
        >
          Clear
        </button>
      </div>
    </div>
  );
}

function Pad() {
  const keysId = useId();
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shownTheme.value;
  const shown = ink.value;
  const cell = useSignal<Point>({ x: 14, y: 5 });
  const isDown = useSignal(false);
  const isFocused = useSignal(false);
  // Events may come faster than the page is drawn: what they add to is the signal's newest value.
  const change = (next: readonly Stroke[]) => {
    strokes.value = next;
  };
  useLayoutEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const pixels = new ImageData(PAD, PAD);
    const colour = theme === "dark" ? 236 : 27;
    shown.forEach((value, index) => {
      pixels.data.set([colour, colour, colour, 255 * value], 4 * index);
    });
    context.putImageData(pixels, 0, 0);
  }, [shown, theme]);
  const pointOf = (event: PointerEvent): Point => {
    const box = canvas.current!.getBoundingClientRect();
    return { x: ((event.clientX - box.left) * PAD) / box.width, y: ((event.clientY - box.top) * PAD) / box.height };
  };
  const move = (dx: number, dy: number) => {
    const inside = (at: number) => Math.min(SIDE - 1, Math.max(0, at));
    cell.value = { x: inside(cell.value.x + dx), y: inside(cell.value.y + dy) };
    if (isDown.value) change(extend(strokes.peek(), cellCentre(cell.value)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const arrow = arrows[event.key];
    if (arrow !== undefined) move(...arrow);
    else if (event.key === " ") {
      isDown.value = !isDown.value;
      if (isDown.value) change([...strokes.peek(), [cellCentre(cell.value)]]);
    } else if (event.key === "Escape") isDown.value = false;
    else if (event.key === "Backspace") {
      isDown.value = false;
      change(strokes.peek().slice(0, -1));
    } else return;
    event.preventDefault();
  };
  return (
    <>
      <div
        class="drawing-pad"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one draws on it by keyboard, too.
        tabIndex={0}
        aria-label="Drawing pad"
        aria-describedby={keysId}
        onKeyDown={onKeyDown}
        onFocus={({ currentTarget }) => {
          isFocused.value = currentTarget.matches(":focus-visible");
        }}
        onBlur={() => {
          isFocused.value = false;
          isDown.value = false;
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          change([...strokes.peek(), [pointOf(event)]]);
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          const events = event.getCoalescedEvents?.() ?? [];
          for (const each of events.length > 0 ? events : [event]) change(extend(strokes.peek(), pointOf(each)));
        }}
      >
        {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; the pad around it has. */}
        <canvas ref={canvas} width={PAD} height={PAD} aria-hidden="true" />
        {isFocused.value && (
          <svg class="drawing-cursor" viewBox={`0 0 ${SIDE} ${SIDE}`} aria-hidden="true">
            <rect class={isDown.value ? "is-down" : undefined} x={cell.value.x} y={cell.value.y} width="1" height="1" />
          </svg>
        )}
      </div>
      <p id={keysId} class="soft">
        Draw here. By keyboard: arrows move the pen, Space puts it down and lifts it, Backspace takes back a stroke.{" "}
        {isFocused.value && `Row ${cell.value.y}, column ${cell.value.x}, pen ${isDown.value ? "down" : "up"}.`}
      </p>
    </>
  );
}

const arrows: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
};
