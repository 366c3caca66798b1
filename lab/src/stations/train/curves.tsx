/** Loss and accuracy over the steps, with the runs before this one, and the step that the page shows. */
import { lineChart, type Series } from "fovea/plot";
import type { RunStep, RunTest } from "../../engine/protocol.ts";
import { Chart } from "../../parts/chart.tsx";
import { Slider } from "../../parts/slider.tsx";
import { anyWeightsAt, pastRuns, run, runOptions, runSteps, runTests } from "../../state/engine.ts";
import { moment } from "../../state/selection.ts";
import { smoothing } from "./settings.ts";
import { nameOfRun, nearest, rateMarks, testDigits } from "./state.ts";

type Measure = "loss" | "accuracy";

function seriesOf(measure: Measure): Series[] {
  const line = (steps: readonly RunStep[], name: string, color: number, isPast = false): Series => ({
    name,
    x: steps.map(({ step }) => step),
    values: steps.map((step) => step[measure]),
    smoothing: smoothing.value / 100,
    color,
    ...(isPast ? { dashed: true, lineWidth: 1 } : {}),
  });
  const points = (tests: readonly RunTest[]): Series => ({
    name: testDigits(runOptions.value?.data),
    x: tests.map(({ step }) => step),
    values: tests.map((test) => test[measure]),
    points: true,
    color: 1,
  });
  return [
    line(runSteps, "this run", 0),
    ...(runTests.length > 0 ? [points(runTests)] : []),
    ...pastRuns.value.map(({ run: id, options, steps }, index) => line(steps, nameOfRun(id, options), 2 + index, true)),
  ];
}

const table = () =>
  ["step\tloss\taccuracy\trate", ...runSteps.map((s) => [s.step, s.loss, s.accuracy, s.learningRate].join("\t"))].join(
    "\n",
  );

export function Curves() {
  const frame = run.value;
  if (frame === undefined || runSteps.length < 2) return null;
  const at = anyWeightsAt.value;
  const inputs = [frame, smoothing.value, pastRuns.value, at];
  const chart = (measure: Measure, yLabel: string) => (
    <Chart
      title={measure === "loss" ? "Loss" : "Accuracy"}
      name={`run-${measure}`}
      inputs={inputs}
      data={table}
      onSelect={(key) => showStep(frame.checkpoints, Number(key))}
      draw={(size) =>
        lineChart({
          ...size,
          title: "",
          yLabel,
          height: 170,
          series: seriesOf(measure),
          events: rateMarks(runSteps),
          choices: frame.checkpoints,
          ...(measure === "accuracy" ? { yRange: [0, 1] as const } : {}),
          ...(typeof at === "number" ? { cursor: at } : {}),
        })
      }
    />
  );
  return (
    <>
      <div class="train-curves">
        {chart("loss", "loss, lower is better")}
        {chart("accuracy", "share that is right")}
      </div>
      <Slider
        label="smoothing"
        value={smoothing.value}
        min={0}
        max={99}
        unit=" %"
        onChange={(value) => {
          smoothing.value = value;
        }}
      />
      <StepSlider checkpoints={frame.checkpoints} />
    </>
  );
}

function StepSlider({ checkpoints }: { readonly checkpoints: readonly number[] }) {
  const at = anyWeightsAt.value;
  const last = checkpoints.at(-1) ?? 0;
  if (checkpoints.length < 2) return null;
  return (
    <Slider
      label="step that the page shows"
      value={at === "shipped" ? last : at}
      min={checkpoints[0]!}
      max={last}
      onChange={(wanted) => showStep(checkpoints, wanted)}
    />
  );
}

/** Shows the kept step nearest to one. */
function showStep(checkpoints: readonly number[], wanted: number): void {
  const step = checkpoints[nearest(checkpoints, wanted)];
  if (step !== undefined) moment.value = step === checkpoints.at(-1) ? "latest" : step;
}
