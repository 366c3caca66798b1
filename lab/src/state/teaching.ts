/** The teacher's mode: how many steps of each station the class has been shown. */
import type { Codec } from "./address.ts";
import { address } from "./selection.ts";

/** What follows a station's question, one step after the other. */
export const steps = ["the task", "a question for you", "what to notice"] as const;

/** By the name of the station; one that is not there has shown nothing. */
export type ShownSteps = Readonly<Record<string, number>>;

/** "see.3,why.1" */
export const shownStepsCodec: Codec<ShownSteps> = {
  parse: (text) => {
    const parts = text.split(",").map((part) => /^([a-z-]{1,20})\.([1-3])$/.exec(part));
    if (!parts.every((part) => part !== null)) return undefined;
    return Object.fromEntries(parts.map(([, station, shown]) => [station!, Number(shown)]));
  },
  print: (shown) =>
    Object.entries(shown)
      .map((entry) => entry.join("."))
      .join(","),
};

const none: ShownSteps = {};
export const shownSteps = address.signal("steps", none, shownStepsCodec);

/** Shows the next step of a station. */
export function showNext(station: string): void {
  const shown = shownSteps.peek();
  shownSteps.value = { ...shown, [station]: Math.min(steps.length, (shown[station] ?? 0) + 1) };
}

/** Hides the steps of a station again. */
export function hideSteps(station: string): void {
  const { [station]: _, ...others } = shownSteps.peek();
  shownSteps.value = Object.keys(others).length === 0 ? none : others;
}
