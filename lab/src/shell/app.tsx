import { useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Notice } from "../parts/notice.tsx";
import { engineFailure, openEngine } from "../state/engine.ts";
import { saying } from "../state/live.ts";
import { address, isTeaching, theme } from "../state/selection.ts";
import { stations } from "../stations/index.ts";
import { startByItself } from "./autorun.ts";
import { Help } from "./help.tsx";
import { listenToKeys } from "./keys.ts";
import { current, holdAt, keepFocusInView, watchSections } from "./navigation.ts";
import { Rail } from "./rail.tsx";
import { StationFrame } from "./station-frame.tsx";
import { TopBar } from "./top-bar.tsx";

/** The whole page. */
export function App() {
  useEffect(listenToKeys, []);
  useEffect(watchSections, []);
  useEffect(keepFocusInView, []);
  useEffect(followAddress, []);
  useEffect(startByItself, []);
  useSignalEffect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === "system") delete dataset.theme;
    else dataset.theme = theme.value;
    if (isTeaching.value) dataset.teacher = "";
    else delete dataset.teacher;
  });
  useSignalEffect(writeAddress);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the stations
      </a>
      <TopBar />
      <Rail />
      <main id="main">
        {engineFailure.value !== undefined && (
          <Notice kind="error" action={{ label: "Start the engine again", run: openEngine }}>
            {engineFailure.value}
          </Notice>
        )}
        {stations.map((entry) => (
          <StationFrame key={entry.name} {...entry} />
        ))}
      </main>
      <Help />
      <p class="hidden" role="status" aria-live="polite">
        {saying.value}
      </p>
    </>
  );
}

/** Addresses are written at most this often: browsers stop a page that writes many. */
const WRITE_MS = 300;

/** Writes the state into the address. */
function writeAddress(): () => void {
  const hash = address.print();
  const timer = setTimeout(() => {
    if (location.hash !== hash) history.replaceState(null, "", hash || location.pathname + location.search);
  }, WRITE_MS);
  return () => clearTimeout(timer);
}

/** Goes where the address says, now and when another one is entered. */
function followAddress(): () => void {
  let release = () => {};
  const go = () => {
    release();
    if (current.value !== stations[0]?.name) release = holdAt(current.value);
  };
  const read = () => {
    address.read(location.hash);
    go();
  };
  go();
  addEventListener("hashchange", read);
  return () => {
    release();
    removeEventListener("hashchange", read);
  };
}
