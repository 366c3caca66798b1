/** Single-key shortcuts: only while no field has the focus, and only while they are switched on. */
import { signal } from "@preact/signals";
import { yesOrNo } from "../state/address.ts";
import { address, isTeaching } from "../state/selection.ts";
import { showNext } from "../state/teaching.ts";
import { stations } from "../stations/index.ts";
import { goBy, goTo, stationOfKeys } from "./navigation.ts";

export const areKeysOn = address.signal("keys", true, yesOrNo);
export const isHelpOpen = signal(false);

/** Keys and what they do, as the help lists them. */
export const shortcuts: readonly (readonly [keys: string, what: string])[] = [
  ["j, k", "next and previous station"],
  ["1 … 9, 0", "first to tenth station"],
  ["arrows", "next map, or the unit where there is one map"],
  ["Shift and arrows", "the unit on a map"],
  ["Enter", "selects the unit everywhere"],
  ["n", "in the teacher’s mode: the next step of the station"],
  ["?", "opens and closes this list"],
];

/** Whether a key would be typed into what has the focus. */
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement
    ? !/^(checkbox|radio|range|button)$/.test(target.type)
    : target instanceof HTMLElement && (target.isContentEditable || /^(SELECT|TEXTAREA)$/.test(target.tagName));

function actionFor(key: string): (() => void) | undefined {
  if (key === "j") return () => goBy(1);
  if (key === "k") return () => goBy(-1);
  if (key === "n" && isTeaching.peek()) return () => showNext(stationOfKeys());
  if (key === "?")
    return () => {
      isHelpOpen.value = !isHelpOpen.value;
    };
  if (!/^\d$/.test(key)) return undefined;
  const station = stations.find(({ number }) => number === (Number(key) || 10));
  return station && (() => goTo(station.name));
}

export function listenToKeys(): () => void {
  const listen = (event: KeyboardEvent) => {
    if (event.key === "Escape") isHelpOpen.value = false;
    if (!areKeysOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = actionFor(event.key);
    if (action === undefined) return;
    event.preventDefault();
    action();
  };
  addEventListener("keydown", listen);
  return () => removeEventListener("keydown", listen);
}
