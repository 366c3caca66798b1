/** How a layer's output entries read its input: the one question that receptive fields ask of a layer. */

import { type DataFormat, type WindowOptions, windowPads } from "./arguments.ts";

export type Pair = readonly [height: number, width: number];

/** A window that slides over the two spatial axes, in cells of the layer's input. */
export interface SlidingWindow {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  /** Cells added above and to the left of the input; below 0: left out there. */
  readonly padBefore: Pair;
}

/**
 * - `same`: an entry reads the one entry at its own place;
 * - `channels`: it reads the last axis at its own place;
 * - `window`: it reads a window;
 * - `repeat`: each cell of the input stands several times along each axis, and is read by each of them;
 * - `reorder`: the entries are the input's own, under another shape; in their order, unless channels that came first now come last;
 * - `all`: every entry reads every entry of the input.
 *
 * Windows and repeated cells are of images [height, width, channels], or of [channels, height, width] where `format` says so.
 */
export type Reading =
  | { readonly kind: "same" }
  | { readonly kind: "channels" }
  | { readonly kind: "reorder"; readonly movesChannelsLast?: boolean }
  | { readonly kind: "all" }
  | { readonly kind: "window"; readonly window: SlidingWindow; readonly format?: DataFormat }
  | { readonly kind: "repeat"; readonly times: Pair; readonly format?: DataFormat };

/** A window over the rows and columns of an image; nothing is known of one over other inputs. */
export function imageWindow(
  inputShape: readonly number[],
  window: WindowOptions,
  format: DataFormat,
): Reading | undefined {
  const [kernel, strides, dilation] = [window.size, window.strides, window.dilation];
  if (kernel.length !== 2) return undefined;
  const space = format === "channels_first" ? inputShape.slice(1) : inputShape.slice(0, -1);
  const padBefore = windowPads(space, window).map(([before]) => before);
  const pairs = { kernel, strides, dilation, padBefore } as unknown as SlidingWindow;
  return { kind: "window", window: pairs, format };
}

/** The image itself, with so many cells added above and to the left (taken away: below 0); nothing is known of other inputs. */
export function movedImage(padBefore: readonly number[], format: DataFormat): Reading | undefined {
  if (padBefore.length !== 2) return undefined;
  const ones = [1, 1] as const;
  return {
    kind: "window",
    format,
    window: { kernel: ones, strides: ones, dilation: ones, padBefore: padBefore as unknown as Pair },
  };
}

/** What reads the last axis: all there is in a vector, the channels of one place in an image. */
export function lastAxis(inputShape: readonly number[]): Reading {
  return { kind: inputShape.length === 1 ? "all" : "channels" };
}
