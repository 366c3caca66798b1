/** The run in the top bar: its state, its loss, what can be done with it, and the scrubber through its checkpoints. */
import { useRef } from "preact/hooks";
import { shortNumber } from "../base/numbers.ts";
import { useHeldFocus } from "../parts/held-focus.ts";
import { engine, isTraining, run, runSteps } from "../state/engine.ts";
import { moment } from "../state/selection.ts";
import { Sparkline } from "./sparkline.tsx";

export function RunControl() {
  const frame = run.value;
  const group = useRef<HTMLDivElement>(null);
  useHeldFocus(group, frame?.state);
  if (frame === undefined) return null;
  const loss = runSteps.at(-1)?.loss;
  const isOver = ["finished", "stopped", "failed"].includes(frame.state);
  return (
    <div ref={group} class="run" role="group" aria-label="Training">
      <span class="run-state">
        {frame.state === "running" || frame.state === "paused"
          ? `step ${frame.step} of ${frame.totalSteps}`
          : frame.doing}
        {loss !== undefined && <span class="run-loss"> loss {shortNumber(loss)}</span>}
      </span>
      <Sparkline steps={runSteps} />
      {!isOver && (
        <>
          <button
            type="button"
            class="tool"
            onClick={() => engine.call(isTraining.value ? "pauseRun" : "resumeRun", null)}
          >
            {isTraining.value ? "pause" : "go on"}
          </button>
          <button type="button" class="tool" onClick={() => engine.call("stepRun", null)} aria-label="One step">
            step
          </button>
          <button type="button" class="tool" onClick={() => engine.call("stopRun", null)}>
            stop
          </button>
        </>
      )}
      <Scrubber />
    </div>
  );
}

/** Drags the whole page through the run. */
export function Scrubber() {
  const checkpoints = run.value?.checkpoints ?? [];
  if (checkpoints.length === 0) return null;
  const last = checkpoints.length - 1;
  const wanted = moment.value;
  const place =
    wanted === "shipped" || wanted === "latest"
      ? last
      : Math.max(
          0,
          checkpoints.findLastIndex((step) => step <= wanted),
        );
  const words = wanted === "shipped" ? "shipped network" : `your network, step ${checkpoints[place]}`;
  return (
    <span class="scrubber">
      <input
        type="range"
        min={0}
        max={last}
        value={place}
        aria-label="Step of the run that the page shows"
        aria-valuetext={words}
        onInput={({ currentTarget }) => {
          const to = currentTarget.valueAsNumber;
          moment.value = to === last ? "latest" : checkpoints[to]!;
        }}
      />
      <button
        type="button"
        class="tool"
        aria-pressed={wanted === "shipped"}
        onClick={() => {
          moment.value = wanted === "shipped" ? "latest" : "shipped";
        }}
      >
        {wanted === "shipped" ? "shipped" : `step ${checkpoints[place]}`}
      </button>
    </span>
  );
}
