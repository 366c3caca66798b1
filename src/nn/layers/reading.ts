/** How a layer's output entries read its input: the one question that receptive fields ask of a layer. */

import { type WindowOptions, windowPads } from "./arguments.ts";

export type Pair = readonly [height: number, width: number];

/** A window that slides over the two spatial axes, in cells of the layer's input. */
export interface SlidingWindow {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilation: Pair;
  /** Cells added above and to the left of the input. */
  readonly padBefore: Pair;
}

/**
 * - `same`: an entry reads the one entry at its own place;
 * - `channels`: it reads the last axis at its own place;
 * - `window`: it reads a window;
 * - `reorder`: the entries are the input's own, under another shape;
 * - `all`: every entry reads every entry of the input.
 */
export type Reading =
  | { readonly kind: "same" }
  | { readonly kind: "channels" }
  | { readonly kind: "reorder" }
  | { readonly kind: "all" }
  | { readonly kind: "window"; readonly window: SlidingWindow };

/** A window over the rows and columns of an image; nothing is known of one over other inputs. */
export function imageWindow(inputShape: readonly number[], window: WindowOptions): Reading | undefined {
  const [kernel, strides, dilation] = [window.size, window.strides, window.dilation];
  if (kernel.length !== 2) return undefined;
  const padBefore = windowPads(inputShape.slice(0, -1), window).map(([before]) => before);
  const pairs = { kernel, strides, dilation, padBefore } as unknown as SlidingWindow;
  return { kind: "window", window: pairs };
}

/** What reads the last axis: all there is in a vector, the channels of one place in an image. */
export function lastAxis(inputShape: readonly number[]): Reading {
  return { kind: inputShape.length === 1 ? "all" : "channels" };
}
