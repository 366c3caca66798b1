/** What is selected, everywhere at once: selecting in one figure moves all others. */
import { batch, computed, signal } from "@preact/signals";
import { type DrawnDigit, drawnDigit, MOST_DRAWN, parseDrawn, printDrawn } from "../base/drawn-digits.ts";
import { Address, type Codec, oneOf, wholeNumber, yesOrNo } from "./address.ts";

export const address = new Address(globalThis.location?.hash ?? "");

/** Test digits that the page carries. */
export const TEST_DIGITS = 100;
const noneDrawn: readonly DrawnDigit[] = [];
/** Digits that the visitor drew; they follow the test digits. */
export const drawnDigits = address.signal("drawn", noneDrawn, { parse: parseDrawn, print: printDrawn });

/** The number of a digit: of the test set, and behind it those that the visitor drew. */
export const sample = address.signal<number>("sample", 0, {
  parse: (text) => wholeNumber(0, TEST_DIGITS - 1 + drawnDigits.peek().length).parse(text),
  print: String,
});

/** What a digit is called. */
export const sampleName = (index: number): string =>
  index < TEST_DIGITS ? `Digit ${index} of the test set` : `Digit ${index}, drawn by you`;

/** Puts a drawing among the digits and selects it; when there are too many, the oldest one goes. */
export function addDrawing(pixels: ArrayLike<number>, label: number): void {
  batch(() => {
    drawnDigits.value = [...drawnDigits.peek(), drawnDigit(pixels, label)].slice(-MOST_DRAWN);
    sample.value = TEST_DIGITS - 1 + drawnDigits.peek().length;
  });
}

export function removeDrawings(): void {
  batch(() => {
    if (sample.peek() >= TEST_DIGITS) sample.value = 0;
    drawnDigits.value = noneDrawn;
  });
}

export const layerNames = ["conv2d", "conv2d_1", "flatten", "dense"] as const;
export type LayerName = (typeof layerNames)[number];
/** The layer whose unit is selected. */
export const layer = address.signal<LayerName>("layer", "conv2d_1", oneOf(layerNames));
/** Its channel: the number of the map. At first one that answers strongly to the bar of the first digit. */
export const channel = address.signal("channel", 28, wholeNumber(0, 18431));

export interface Unit {
  readonly y: number;
  readonly x: number;
}
/** "7,13" */
export const unitCodec: Codec<Unit> = {
  parse: (text) => {
    const parts = /^(\d{1,2}),(\d{1,2})$/.exec(text);
    return parts === null ? undefined : { y: Number(parts[1]), x: Number(parts[2]) };
  },
  print: ({ y, x }) => `${y},${x}`,
};
/** Its place on the map: row and column. */
export const unit = address.signal<Unit>("unit", { y: 7, x: 13 }, unitCodec);

export interface PlacedUnit extends Unit {
  readonly layer: LayerName;
  readonly channel: number;
}
/** The unit under the pointer or the focus, in whatever figure. */
export const pointed = signal<PlacedUnit | undefined>(undefined);
/** What figures trace: the unit that is pointed at, else the selected one. */
export const traced = computed(
  (): PlacedUnit => pointed.value ?? { layer: layer.value, channel: channel.value, ...unit.value },
);

/** Selects a unit everywhere. */
export function select(wanted: PlacedUnit): void {
  batch(() => {
    layer.value = wanted.layer;
    channel.value = wanted.channel;
    unit.value = { y: wanted.y, x: wanted.x };
  });
}

/** The class that explanations are about; -1 for the one that the network takes. */
export const classIndex = address.signal("class", -1, {
  parse: (text) => (text === "-1" ? -1 : wholeNumber(0, 9).parse(text)),
  print: String,
});

/** Whose weights are looked at: "shipped", "latest" of the visitor's run, or after so many of its steps. */
export type Moment = "shipped" | "latest" | number;
export const moment = address.signal<Moment>("step", "shipped", {
  parse: (text) => (text === "shipped" || text === "latest" ? text : wholeNumber(0, 1e9).parse(text)),
  print: String,
});

export type Theme = "system" | "light" | "dark";
export const theme = address.signal<Theme>("theme", "system", oneOf(["system", "light", "dark"]));

/** Steps hidden until they are revealed, large type. */
export const isTeaching = address.signal("teacher", false, yesOrNo);

/** Whether a run starts by itself. */
export const autorun = address.signal("autorun", false, yesOrNo);

const darkQuery = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const isSystemDark = signal(darkQuery?.matches ?? false);
darkQuery?.addEventListener("change", ({ matches }) => {
  isSystemDark.value = matches;
});
/** The theme that is shown. */
export const shownTheme = computed((): "light" | "dark" => {
  if (theme.value !== "system") return theme.value;
  return isSystemDark.value ? "dark" : "light";
});
