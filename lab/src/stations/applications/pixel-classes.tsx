/** The class of each pixel as a coloured map, with a legend in words. */
import { useSignal } from "@preact/signals";
import { themes } from "fovea/plot";
import { useLayoutEffect, useRef } from "preact/hooks";
import { grouped } from "../../base/numbers.ts";
import { Figure } from "../../parts/figure.tsx";
import { shownTheme } from "../../state/selection.ts";
import { CLASSES, NONE, PAGE, type PixelCount } from "./state.ts";

export interface PixelClassesProps {
  /** [84, 84]; undefined until they are computed. */
  readonly classes: Uint8Array | undefined;
  readonly counted: PixelCount | undefined;
}

export function PixelClasses({ classes, counted }: PixelClassesProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pointed = useSignal("");
  const theme = shownTheme.value;
  useLayoutEffect(() => {
    const { classes: colours, paper } = themes[theme];
    const pixels = new Uint8ClampedArray(PAGE * PAGE * 4);
    classes?.forEach((each, at) => {
      const colour = Number.parseInt((colours[each] ?? paper).slice(1), 16);
      pixels.set([colour >> 16, (colour >> 8) & 255, colour & 255, 255], 4 * at);
    });
    canvas.current?.getContext("2d")?.putImageData(new ImageData(pixels, PAGE), 0, 0);
  }, [classes, theme]);
  const share = counted === undefined || counted.ink === 0 ? undefined : counted.right / counted.ink;
  const seen = Array.from({ length: CLASSES }, (_, k) => k).filter((k) => (counted?.each[k] ?? 0) > 0);
  return (
    <Figure
      title="A class for each pixel: segmentation"
      name="page-pixels"
      data={() => Array.from(classes ?? []).join("\n")}
      caption={
        share === undefined
          ? "There is no ink on the page."
          : `${(100 * share).toFixed(1)} % of ${grouped(counted!.ink)} pixels with ink have the class of their digit.`
      }
    >
      <div class="ap-pixels">
        <canvas
          ref={canvas}
          width={PAGE}
          height={PAGE}
          role="img"
          aria-label={`Classes of the pixels: ${seen.map((k) => `${counted!.each[k]} pixels of digit ${k}`).join(", ") || "none"}`}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const [y, x] = [event.clientY - box.top, event.clientX - box.left].map((at) =>
              Math.min(PAGE - 1, Math.max(0, Math.floor((at * PAGE) / box.width))),
            ) as [number, number];
            const found = classes?.[y * PAGE + x] ?? NONE;
            pointed.value = `${found === NONE ? "no class" : `digit ${found}`} in pixel (${y}, ${x})`;
          }}
          onPointerLeave={() => {
            pointed.value = "";
          }}
        />
        <svg class="ap-marks" viewBox={`0 0 ${PAGE} ${PAGE}`} aria-hidden="true">
          {classes !== undefined &&
            seen.map((k) => {
              const place = lowestOf(classes, k);
              return (
                <text key={k} class="ap-name" x={place.x} y={Math.min(PAGE - 1, place.y + 7)}>
                  {k}
                </text>
              );
            })}
        </svg>
      </div>
      <p class="readout" aria-hidden="true">
        {pointed.value || "\u00a0"}
      </p>
      <ul class="ap-legend">
        {seen.map((k) => (
          <li key={k}>
            <span class="ap-swatch" style={{ backgroundColor: themes[theme].classes[k]! }} aria-hidden="true">
              {k}
            </span>
            digit {k}: {counted!.each[k]} pixels
          </li>
        ))}
        {(counted?.each[CLASSES] ?? 0) > 0 && <li>ink without a class: {counted!.each[CLASSES]} pixels</li>}
      </ul>
    </Figure>
  );
}

/** The lowest pixel of a class: its number stands below it. */
function lowestOf(classes: Uint8Array, wanted: number): { readonly y: number; readonly x: number } {
  const at = classes.lastIndexOf(wanted);
  return { y: Math.floor(at / PAGE), x: at % PAGE };
}
