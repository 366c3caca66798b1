import { useLayoutEffect, useRef } from "preact/hooks";
import { shortNumber } from "../base/numbers.ts";
import { shownTheme } from "../state/selection.ts";
import { type Colours, cssColour, paletteOf } from "./colours.ts";
import type { Range } from "./maps.ts";

export interface RangeBarProps {
  readonly range: Range;
  /** What the numbers are: "activation". */
  readonly unit: string;
  /** Those of the map; default "sequential". */
  readonly colours?: Colours;
}

/** Stops of the gradient. */
const STOPS = 8;

/** What the colours of a map mean. */
export function RangeBar({ range, unit, colours = "sequential" }: RangeBarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const theme = shownTheme.value;
  const isSigned = range.low < 0;
  const largest = isSigned ? Math.max(-range.low, range.high) : range.high;
  useLayoutEffect(() => {
    const palette = paletteOf(isSigned ? "diverging" : colours, theme);
    const stops = Array.from({ length: STOPS + 1 }, (_, i) => cssColour(palette, Math.round((255 * i) / STOPS)));
    bar.current!.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }, [isSigned, colours, theme]);
  return (
    <div class="range-bar">
      <div ref={bar} class="range-colours" />
      <span>{shortNumber(isSigned ? -largest : 0)}</span>
      <span class="range-unit">{unit}</span>
      <span>{shortNumber(largest)}</span>
    </div>
  );
}
