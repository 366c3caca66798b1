/** Thin lines from the box on the digit to the unit that sees it. */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { PlacedUnit } from "../../state/selection.ts";

export interface LinksProps {
  readonly traced: PlacedUnit;
  /** Changes when the figures do. */
  readonly version: unknown;
}

/** Lies over its parent; both ends are found by the marks that figures draw. */
export function Links({ traced, version }: LinksProps) {
  const svg = useRef<SVGSVGElement>(null);
  const path = useRef<SVGPathElement>(null);
  useLayoutEffect(() => {
    const strip = svg.current!.parentElement!;
    const draw = () => path.current!.setAttribute("d", linesIn(strip));
    // The marks are drawn in the same turn, some after this.
    const frame = requestAnimationFrame(draw);
    const observer = new ResizeObserver(draw);
    observer.observe(strip);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    };
  }, [traced, version]);
  return (
    <svg ref={svg} class="see-links" aria-hidden="true">
      <path ref={path} />
    </svg>
  );
}

function linesIn(strip: HTMLElement): string {
  const box = strip.querySelector(".see-digit .mark-box")?.getBoundingClientRect();
  const mark = strip.querySelector(".see-layer .mark-unit");
  const unit = mark?.getBoundingClientRect();
  if (box === undefined || unit === undefined || !isBeside(strip, mark!)) return "";
  const { left, top } = strip.getBoundingClientRect();
  const line = (fromY: number, toY: number) =>
    `M${(box.right - left).toFixed(1)} ${(fromY - top).toFixed(1)}L${(unit.left - left).toFixed(1)} ${(toY - top).toFixed(1)}`;
  return line(box.top, unit.top) + line(box.bottom, unit.bottom);
}

/** Whether the figure of a mark stands in the same row as the digit: on phones it is below, and lines would cross the text. */
function isBeside(strip: HTMLElement, mark: Element): boolean {
  const [digit, layer] = [strip.querySelector("figure")!, mark.closest("figure")!].map((figure) =>
    figure.getBoundingClientRect(),
  );
  return Math.abs(digit!.top - layer!.top) < 1;
}
