import { useSignal } from "@preact/signals";
import { copyText } from "../parts/save.ts";
import { device, deviceWords, gpu } from "../state/engine.ts";
import { address, shownTheme, theme } from "../state/selection.ts";
import { isHelpOpen } from "./keys.ts";
import { RunControl } from "./run-control.tsx";

/** The thin bar on top. */
export function TopBar() {
  const shared = useSignal("");
  const share = async () => {
    const link = new URL(address.print() || "#", location.href).href;
    shared.value = (await copyText(link)) ? "link copied" : "copy the address above";
    setTimeout(() => {
      shared.value = "";
    }, 2500);
  };
  const other = shownTheme.value === "dark" ? "light" : "dark";
  return (
    <header class="top-bar">
      <h1 class="mark">
        <button type="button" onClick={() => scrollTo({ top: 0 })}>
          fovea lab
        </button>
      </h1>
      <span class="badge" title={device.value}>
        {deviceWords.value || "starting the CPU"}
      </span>
      {gpu.value !== undefined && (
        <span class="badge badge-gpu" title={gpu.value.description}>
          {gpu.value.words}
        </span>
      )}
      <span class="spacer" />
      <RunControl />
      <span class="figure-done" role="status">
        {shared.value}
      </span>
      <button type="button" class="tool" onClick={share}>
        share
      </button>
      <button
        type="button"
        class="tool"
        onClick={() => {
          theme.value = other;
        }}
      >
        {other}
      </button>
      <button
        type="button"
        class="tool"
        aria-expanded={isHelpOpen.value}
        aria-controls="help"
        aria-label="Help: keys"
        onClick={() => {
          isHelpOpen.value = !isHelpOpen.value;
        }}
      >
        ?
      </button>
    </header>
  );
}
