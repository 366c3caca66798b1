/** `#autorun=1`: a run that starts by itself, for a class room. */
import { effect } from "@preact/signals";
import { device, engine, resumeSavedRun, run, startRun } from "../state/engine.ts";
import { say } from "../state/live.ts";
import { autorun } from "../state/selection.ts";

/**
 * Starts training once the network has read its first digits, with the settings of "Train it"; a run that this browser has kept is
 * gone on with. Nothing happens where a run was started already.
 */
export function startByItself(): () => void {
  let hasStarted = false;
  return effect(() => {
    if (!autorun.value || device.value === "" || hasStarted) return;
    hasStarted = true;
    if (run.peek() === undefined) begin().catch((error: Error) => say(`Training did not start: ${error.message}`));
  });
}

async function begin(): Promise<void> {
  const saved = await engine.call("savedRun", null).catch(() => null);
  if (saved !== null) return resumeSavedRun(saved, { startsPaused: false });
  const { choice } = await import("../stations/train/settings.ts");
  return startRun(choice.peek());
}
