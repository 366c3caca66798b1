import { useLayoutEffect, useRef } from "preact/hooks";
import { shownTheme } from "../state/selection.ts";
import { layOut, paint } from "./maps.ts";

const SIDE = 28;

/** A small picture of a digit, 28 x 28 grey levels 0 … 1. Its words are those of what it stands in. */
export function Digit({ pixels }: { readonly pixels: ArrayLike<number> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shownTheme.value;
  useLayoutEffect(() => {
    const maps = { data: pixels, height: SIDE, width: SIDE, channels: 1 };
    const colours = paint(maps, layOut(maps, 1, 0), { range: { low: 0, high: 1 }, theme, colours: "ink" });
    canvas.current?.getContext("2d")?.putImageData(new ImageData(colours, SIDE), 0, 0);
  }, [pixels, theme]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas has no focus; what it stands in has the words.
  return <canvas ref={canvas} class="small-digit" width={SIDE} height={SIDE} aria-hidden="true" />;
}
