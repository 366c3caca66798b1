/** What a run is started with, and what can be done with it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { DataName, DeviceChoice, LossName, OptimizerName, SavedRun } from "../../engine/protocol.ts";
import { Choice } from "../../parts/choice.tsx";
import { useHeldFocus } from "../../parts/held-focus.ts";
import { Notice } from "../../parts/notice.tsx";
import { Slider } from "../../parts/slider.tsx";
import {
  builtNetwork,
  engine,
  gpu,
  isTraining,
  network,
  resumeSavedRun,
  run,
  runOptions,
  runSteps,
  startRun,
} from "../../state/engine.ts";
import { choice, data, epochs, learningRate, loss, optimizer, ratePlace, trainingDevice } from "./settings.ts";
import { lossTitles, optimizerTitles, progressLine, rateText, usualRate } from "./state.ts";

const isOver = (state: string | undefined) => ["finished", "stopped", "failed", undefined].includes(state);

export function Controls() {
  const failure = useSignal<string | undefined>(undefined);
  const attempt = (work: () => Promise<unknown>) => async () => {
    failure.value = undefined;
    try {
      await work();
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };
  const frame = run.value;
  const over = isOver(frame?.state);
  const buttons = useRef<HTMLDivElement>(null);
  useHeldFocus(buttons, over);
  const rate = (place: number) => {
    ratePlace.value = place;
    if (!over) void engine.call("setLearningRate", { learningRate: learningRate.peek() });
  };
  return (
    <div class="train-controls">
      <div class="train-row">
        <Choice<OptimizerName>
          label="optimizer"
          value={optimizer.value}
          options={Object.entries(optimizerTitles) as [OptimizerName, string][]}
          isDisabled={!over}
          onChange={(name) => {
            optimizer.value = name;
            ratePlace.value = Math.round(10 * Math.log10(usualRate(name)));
          }}
        />
        <Choice<LossName>
          label="loss"
          value={loss.value}
          options={Object.entries(lossTitles) as [LossName, string][]}
          isDisabled={!over}
          onChange={(name) => {
            loss.value = name;
          }}
        />
        <Choice<DataName>
          label="digits"
          value={data.value}
          options={[
            ["digits", "4,000 drawn by this program"],
            ["mnist", "6,000 of MNIST, fetches 11.3 MB"],
          ]}
          isDisabled={!over}
          onChange={(name) => {
            data.value = name;
          }}
        />
        <Choice<DeviceChoice>
          label="device"
          value={trainingDevice.value}
          options={[
            ["auto", "a GPU, else the CPU"],
            ["cpu", "CPU"],
            ["gpu", gpu.value?.words ?? "WebGPU"],
          ]}
          isDisabled={!over}
          onChange={(name) => {
            trainingDevice.value = name;
          }}
        />
        <Slider
          label="epochs"
          value={epochs.value}
          min={1}
          max={20}
          isDisabled={!over}
          onChange={(value) => {
            epochs.value = value;
          }}
        />
      </div>
      <Slider
        label={`learning rate ${rateText(learningRate.value)} = 10 to the power of`}
        value={ratePlace.value / 10}
        min={-5}
        max={1}
        step={0.1}
        onChange={(value) => rate(Math.round(10 * value))}
      />
      <p class="train-network">
        Trains {builtNetwork.value === undefined ? "the handout’s network" : builtNetwork.value.name}
        {over ? "." : "; the learning rate may be changed while it runs."}
      </p>
      <div ref={buttons} class="train-buttons">
        {over ? (
          <>
            <button
              type="button"
              class="main"
              disabled={network.value === undefined}
              onClick={attempt(() => startRun(choice.value))}
            >
              {frame === undefined ? "Train" : "Train again"}
            </button>
            <button
              type="button"
              disabled={network.value === undefined}
              onClick={attempt(() => startRun({ ...choice.value, startsPaused: true }))}
            >
              Start before the first step
            </button>
          </>
        ) : (
          <>
            <button
              type="button"
              class="main"
              onClick={attempt(() => engine.call(isTraining.value ? "pauseRun" : "resumeRun", null))}
            >
              {isTraining.value ? "Pause" : "Go on"}
            </button>
            <button type="button" onClick={attempt(() => engine.call("stepRun", null))}>
              One step
            </button>
            <button type="button" onClick={attempt(() => engine.call("stopRun", null))}>
              Stop
            </button>
          </>
        )}
      </div>
      <Resume />
      {frame?.mishap !== undefined && <Notice kind="info">{frame.mishap}</Notice>}
      {frame?.state === "failed" && <Notice kind="error">{frame.message}</Notice>}
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {frame !== undefined && runOptions.value !== undefined && (
        <pre class="train-line" data-state={frame.state}>
          <code>
            {runSteps.length === 0 ? frame.doing : progressLine(frame, runOptions.value, runSteps)}
            {runSteps.length > 0 && frame.state !== "running" ? `\n${frame.doing}` : ""}
          </code>
        </pre>
      )}
    </div>
  );
}

/** A run that was left by closing the page. */
function Resume() {
  const saved = useSignal<SavedRun | undefined>(undefined);
  const why = useSignal<string | undefined>(undefined);
  const isOpen = network.value !== undefined;
  useEffect(() => {
    if (!isOpen || run.peek() !== undefined) return;
    engine.call("savedRun", null).then(
      (found) => {
        saved.value = found ?? undefined;
      },
      (error: Error) => {
        why.value = error.message;
      },
    );
  }, [isOpen]);
  if (why.value !== undefined)
    return <Notice kind="info">{why.value} A run that is under way is lost when you close the page.</Notice>;
  const kept = saved.value;
  if (kept === undefined || run.value !== undefined) return null;
  return (
    <Notice kind="info" action={{ label: "Go on with it", run: () => void resumeSavedRun(kept) }}>
      This browser has kept a run that was closed after step {kept.step} of {kept.totalSteps}.
    </Notice>
  );
}
