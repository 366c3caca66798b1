/** Digits with their answers: one stop of the tab key, arrows between them. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Digit } from "../../parts/digit.tsx";
import type { Reading } from "./state.ts";

export interface TilesProps {
  readonly readings: readonly Reading[];
  readonly imageAt: (index: number) => Float32Array;
  readonly selected: number;
  readonly onSelect: (index: number) => void;
}

/** What stands below a digit. */
const markOf = (label: number, read: number) => (label === read ? `✓ ${read}` : `✗ ${label} → ${read}`);

export function Tiles({ readings, imageAt, selected, onSelect }: TilesProps) {
  const list = useRef<HTMLDivElement>(null);
  const focused = useSignal(0);
  const place = Math.min(focused.value, Math.max(0, readings.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    const options = [...list.current!.querySelectorAll<HTMLElement>("[role=option]")];
    const across = options.filter(({ offsetTop }) => offsetTop === options[0]?.offsetTop).length;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
    if (event.key === "Enter" || event.key === " ") onSelect(readings[place]!.index);
    else if (by !== undefined) {
      focused.value = Math.min(readings.length - 1, Math.max(0, place + by));
      options[focused.value]?.focus();
    } else return;
    event.preventDefault();
  };
  return (
    <div ref={list} class="predict-tiles" role="listbox" tabIndex={-1} aria-label="Test digits" onKeyDown={onKeyDown}>
      {readings.map(({ index, label, read, sure }, at) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys of all its options.
        <div
          key={index}
          role="option"
          tabIndex={at === place ? 0 : -1}
          aria-selected={index === selected}
          aria-label={`Digit ${index}: a ${label}, read as ${read}, ${Math.round(100 * sure)} per cent. ${markOf(label, read)}`}
          class={label === read ? undefined : "is-wrong"}
          onFocus={() => {
            focused.value = at;
          }}
          onClick={() => onSelect(index)}
        >
          <Digit pixels={imageAt(index)} />
          <span>{markOf(label, read)}</span>
        </div>
      ))}
    </div>
  );
}
