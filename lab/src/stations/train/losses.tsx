/** What a loss punishes: one probability is moved, and both losses answer. */
import { useSignal } from "@preact/signals";
import { lineChart } from "fovea/plot";
import { lossNames } from "../../engine/protocol.ts";
import { Chart } from "../../parts/chart.tsx";
import { Slider } from "../../parts/slider.tsx";
import { lossTitles, punish } from "./state.ts";

const POINTS = Array.from({ length: 100 }, (_, index) => (index + 1) / 100);

export function Losses() {
  const p = useSignal(0.3);
  return (
    <div>
      <Chart
        title="What a digit costs whose true class got this probability"
        name="losses"
        inputs={[p.value]}
        draw={(size) =>
          lineChart({
            ...size,
            title: "",
            xLabel: "probability of the true class",
            yLabel: "loss",
            height: 140,
            cursor: p.value,
            series: lossNames.map((name) => ({
              name: lossTitles[name],
              x: POINTS,
              values: POINTS.map((q) => punish(name, q)),
            })),
          })
        }
      />
      <Slider
        label="probability of the true class"
        value={p.value}
        min={0.01}
        max={1}
        step={0.01}
        onChange={(value) => {
          p.value = value;
        }}
      />
      <p class="soft">
        {lossNames.map((name) => `${lossTitles[name]} ${punish(name, p.value).toFixed(4)}`).join(", ")}; accuracy{" "}
        {p.value > 0.5
          ? "counts it as right"
          : p.value > 0.1
            ? "counts it as right if no other class has more"
            : "counts it as wrong"}
        .
      </p>
    </div>
  );
}
