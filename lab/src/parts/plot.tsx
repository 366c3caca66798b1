/** A figure of fovea/plot in the page: as wide as its column, in the page's theme. */
import { useSignal } from "@preact/signals";
import { type Scene, type ThemeName, toSvg } from "fovea/plot";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { shownTheme } from "../state/selection.ts";

export interface PlotProps {
  /** Makes the figure for a width in CSS pixels. */
  readonly scene: (width: number, theme: ThemeName) => Scene;
  /** A mark with a key was clicked. Keyboards need another way to the same. */
  readonly onSelect?: (key: string) => void;
}

/** What fovea/plot draws at least and at most, in CSS pixels. */
const [NARROWEST, WIDEST] = [120, 2000];

export function Plot({ scene, onSelect }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useSignal(0);
  useLayoutEffect(() => {
    const measure = () => {
      const room = Math.floor(box.current!.clientWidth);
      width.value = room === 0 ? 0 : Math.min(WIDEST, Math.max(NARROWEST, room));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const select = (event: MouseEvent) => {
    const key = (event.target as Element).closest("[data-key]")?.getAttribute("data-key");
    if (key != null) onSelect?.(key);
  };
  const theme = shownTheme.value;
  const svg = useMemo(() => (width.value === 0 ? "" : toSvg(scene(width.value, theme))), [scene, width.value, theme]);
  return (
    <div
      ref={box}
      class={onSelect === undefined ? "plot" : "plot plot-choice"}
      {...(onSelect && { onClick: select })}
      // toSvg escapes every text.
      dangerouslySetInnerHTML={{ __html: svg }}
    />
  );
}
