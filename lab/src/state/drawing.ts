/** What the visitor draws: one pad, wherever it is shown. */
import { computed, signal } from "@preact/signals";
import { inkOf, type Stroke, toInput } from "../base/drawing.ts";

export const strokes = signal<readonly Stroke[]>([]);
/** Of the pad, [280, 280]. */
export const ink = computed(() => inkOf(strokes.value));
/** As MNIST's digits are: the box fitted into 20 x 20 pixels, the centre of mass in the middle; undefined for an empty pad. */
export const drawnInput = computed(() => toInput(ink.value, { fits: true, centres: true }));
