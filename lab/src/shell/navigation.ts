/** Where on the page one is, and going elsewhere. */
import { effect, signal } from "@preact/signals";
import { oneOf } from "../state/address.ts";
import { isFirstAnswered } from "../state/engine.ts";
import { address } from "../state/selection.ts";
import { type StationName, stations } from "../stations/index.ts";

const names = stations.map(({ name }) => name);
/** The station in view. */
export const current = address.signal<StationName>("at", names[0]!, oneOf(names));
/** Stations that are asked for by name; those near the view load anyway. */
export const wanted = signal<ReadonlySet<StationName>>(new Set([names[0]!]));

const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** Scrolls to a station and moves the focus to its heading, where a reader goes on. */
export function goTo(name: StationName, isSudden = prefersStill()): void {
  if (name !== held?.name) held?.release();
  wanted.value = new Set([...wanted.value, name]);
  current.value = name;
  const section = document.getElementById(name);
  section?.scrollIntoView({ behavior: isSudden ? "instant" : "smooth", block: "start" });
  section?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
}

/**
 * Stations above one that a link names load late, after the first answer, and push it down: so long after that answer it is held in
 * its place.
 */
const HOLD_MS = 5000;
let held: { readonly name: StationName; release(): void } | undefined;

/** Keys that move the page. Others (Enter on a button) leave the visitor where he is. */
const scrollingKeys = new Set(["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " ", "Tab"]);

/** Calls back when the visitor may scroll by himself. */
function listenForScrolling(listener: () => void): () => void {
  const events = ["wheel", "touchstart", "pointerdown", "keydown"] as const;
  const hear = (event: Event) => {
    if (!(event instanceof KeyboardEvent) || scrollingKeys.has(event.key)) listener();
  };
  for (const event of events) addEventListener(event, hear, { passive: true });
  return () => {
    for (const event of events) removeEventListener(event, hear);
  };
}

/** Goes to a station and keeps it in view while the page fills, unless the visitor goes elsewhere. */
export function holdAt(name: StationName): () => void {
  const observer = new ResizeObserver(() => {
    document.getElementById(name)?.scrollIntoView({ behavior: "instant", block: "start" });
  });
  observer.observe(document.querySelector("main")!);
  const release = () => {
    held = undefined;
    observer.disconnect();
    clearTimeout(timer);
    stopWaiting();
    stopListening();
  };
  held = { name, release };
  goTo(name, true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopWaiting = effect(() => {
    if (isFirstAnswered.value) timer = setTimeout(release, HOLD_MS);
  });
  const stopListening = listenForScrolling(release);
  return release;
}

/** The station that keys are about: that of what has the focus, if one sees it, else the one in view. */
export function stationOfKeys(): StationName {
  const focused = document.activeElement;
  const { top = -1, bottom = -1 } = focused?.getBoundingClientRect() ?? {};
  const section = bottom > 0 && top < innerHeight ? focused?.closest("section.station") : undefined;
  return names.find((name) => name === section?.id) ?? current.peek();
}

/** Goes on by so many stations. */
export function goBy(stations: number): void {
  const to = names[names.indexOf(stationOfKeys()) + stations];
  if (to !== undefined) goTo(to);
}

/** Follows the scrolling: the station that crosses the upper third of the view is the current one. */
export function watchSections(): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      const entered = entries.findLast(({ isIntersecting }) => isIntersecting);
      if (entered !== undefined && held === undefined) current.value = entered.target.id as StationName;
    },
    { rootMargin: "-33% 0px -66% 0px" },
  );
  for (const section of document.querySelectorAll("section.station")) observer.observe(section);
  return () => observer.disconnect();
}

/**
 * Keeps what has the focus in view while the page fills: answers that come in above it push it down, and browsers anchor the
 * scrolling only in some of these cases. What the visitor scrolls out of view stays there.
 */
export function keepFocusInView(): () => void {
  let isSeen = true;
  let isScrolled = false;
  const sight = new IntersectionObserver((entries) => {
    isSeen = entries.at(-1)!.isIntersecting;
  });
  const follow = () => {
    sight.disconnect();
    isSeen = true;
    isScrolled = false;
    if (document.activeElement !== null) sight.observe(document.activeElement);
  };
  const layout = new ResizeObserver(() => {
    const { activeElement } = document;
    if (activeElement === null || activeElement === document.body || held !== undefined) return;
    // Sizes are told before sights: `isSeen` is that of the last frame. Stations that come into view by scrolling change their size.
    if (!isSeen || isScrolled) return;
    const { top, bottom } = activeElement.getBoundingClientRect();
    if (bottom <= 0 || top >= innerHeight) activeElement.scrollIntoView({ behavior: "instant", block: "nearest" });
  });
  const settle = () => {
    isScrolled = false;
  };
  addEventListener("focusin", follow);
  addEventListener("scrollend", settle);
  const stopListening = listenForScrolling(() => {
    isScrolled = true;
  });
  layout.observe(document.querySelector("main")!);
  return () => {
    removeEventListener("focusin", follow);
    removeEventListener("scrollend", settle);
    stopListening();
    sight.disconnect();
    layout.disconnect();
  };
}
