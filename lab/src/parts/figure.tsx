import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { Notice } from "./notice.tsx";
import { copyText, saveBlob } from "./save.ts";

export interface FigureProps {
  /** Stands above the figure. */
  readonly title: string;
  /** What it is called in plain words; one line above the title. */
  readonly kind?: string;
  /** What is under it: one line. */
  readonly caption?: ComponentChildren;
  /** Name of saved files, without ending. */
  readonly name: string;
  /** The figure as SVG; without it the figure's canvases are saved as PNG. */
  readonly svg?: () => string;
  /** Whether there is a picture to save: a table has none. Default true. */
  readonly hasPicture?: boolean;
  /** The numbers of the figure, as text with tabs. */
  readonly data?: () => string;
  readonly onReset?: () => void;
  /** Why there is nothing to see. */
  readonly failure?: string | undefined;
  readonly onRetry?: () => void;
  readonly children: ComponentChildren;
}

/** An instrument or a part of one: title, picture, and what can be done with it. */
export function Figure(props: FigureProps) {
  const { title, kind, caption, name, svg, hasPicture = true, data, onReset, failure, onRetry, children } = props;
  const id = useId();
  const figure = useRef<HTMLElement>(null);
  const done = useSignal("");
  const tell = (text: string) => {
    done.value = text;
    setTimeout(() => {
      done.value = "";
    }, 2000);
  };
  const savePicture = async () => {
    if (svg !== undefined) saveBlob(new Blob([svg()], { type: "image/svg+xml" }), `${name}.svg`);
    else {
      const picture = await pictureOf(figure.current!);
      if (picture === undefined) return tell("nothing to save yet");
      saveBlob(picture, `${name}.png`);
    }
    tell("saved");
  };
  const copyData = async () => tell((await copyText(data!())) ? "copied" : "copying is not allowed here");
  return (
    <figure ref={figure} class="figure" aria-labelledby={id}>
      <div class="figure-head">
        <h3 id={id}>
          {kind !== undefined && <b>{kind} </b>}
          {title}
        </h3>
        <div class="figure-tools">
          <span class="figure-done" role="status">
            {done.value}
          </span>
          {hasPicture && (
            <button type="button" class="tool" onClick={savePicture} aria-label={`Save picture: ${title}`}>
              save
            </button>
          )}
          {data !== undefined && (
            <button type="button" class="tool" onClick={copyData} aria-label={`Copy data: ${title}`}>
              copy
            </button>
          )}
          {onReset !== undefined && (
            <button type="button" class="tool" onClick={onReset} aria-label={`Reset: ${title}`}>
              reset
            </button>
          )}
        </div>
      </div>
      {failure !== undefined && (
        <Notice kind="error" action={onRetry && { label: "Try again", run: onRetry }}>
          {failure}
        </Notice>
      )}
      {children}
      {caption !== undefined && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

/** Saved pictures have this many pixels a cell at least. */
const CELL = 8;

/** All canvases of the figure, where they stand in it. */
async function pictureOf(figure: HTMLElement): Promise<Blob | undefined> {
  const canvases = [...figure.querySelectorAll("canvas")];
  const boxes = canvases.map((canvas) => canvas.getBoundingClientRect());
  const [left, top] = [Math.min(...boxes.map((box) => box.left)), Math.min(...boxes.map((box) => box.top))];
  const [right, bottom] = [Math.max(...boxes.map((box) => box.right)), Math.max(...boxes.map((box) => box.bottom))];
  const scale = Math.max(...canvases.map(({ width }, index) => (CELL * width) / boxes[index]!.width));
  if (!(right > left && bottom > top && Number.isFinite(scale))) return undefined;
  const whole = document.createElement("canvas");
  whole.width = Math.round(scale * (right - left));
  whole.height = Math.round(scale * (bottom - top));
  const context = whole.getContext("2d")!;
  context.imageSmoothingEnabled = false;
  canvases.forEach((canvas, index) => {
    const box = boxes[index]!;
    const [x, y] = [scale * (box.left - left), scale * (box.top - top)].map(Math.round);
    context.drawImage(canvas, x!, y!, Math.round(scale * box.width), Math.round(scale * box.height));
  });
  return (await new Promise<Blob | null>((resolve) => whole.toBlob(resolve))) ?? undefined;
}
