/** Station 2: the experiment of Hubel and Wiesel, on model neurons and on the network. */
import { useSignal } from "@preact/signals";
import { polarCurve, type Scene, type ThemeName, toSvg } from "fovea/plot";
import { useEffect, useMemo } from "preact/hooks";
import { Figure } from "../../parts/figure.tsx";
import type { Maps } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { Plot } from "../../parts/plot.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { shownTheme } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { neurons, STEPS, simpleCells } from "./bench.ts";
import { summariseSelectivity } from "./network.ts";
import { FieldProof } from "./proof.tsx";
import { Retina } from "./retina.tsx";
import { mosaic, second, show, stimulus, tunings } from "./signals.ts";
import { Spikes } from "./spikes.tsx";
import { BEST_RATE, directions, MOSAIC, secondCells, tuningOf } from "./state.ts";
import { NetworkTuning } from "./tuning.tsx";
import "./receptive-fields.css";

function Headline() {
  return <>Turn a bar of light, and listen to one neuron</>;
}

function Question() {
  return (
    <p>
      A <b>receptive field</b> is the part of the picture that one neuron sees. In 1959 David Hubel and Torsten Wiesel
      moved bars of light before a cat's eye, and found cells that fire for one direction only. Does a network that
      learned to read digits have such cells, too?
    </p>
  );
}

function Task() {
  return (
    <p>
      Drag the bar over the retina and turn it until A falls silent and B fires. Then compare the network's curves
      before and after training.
    </p>
  );
}

function Noticed() {
  const { before, after } = tunings.value;
  const [first, last] = [before, after].map((each) => each && summariseSelectivity(each.conv2d_1.selectivity).median);
  return (
    <>
      that nobody told the network about directions.{" "}
      {first !== undefined && last !== undefined && (
        <>
          The median selectivity of its second layer goes from {first.toFixed(2)} to {last.toFixed(2)}.{" "}
        </>
      )}
      A random filter can look selective, too, which is why "before" stands beside "after".
    </>
  );
}

function Instrument() {
  return (
    <div class="rf">
      <div class="rf-bench">
        <Retina neurons={neurons.value} />
        <div class="rf-neurons">
          <Spikes />
          <Turning />
        </div>
      </div>
      <Mosaic />
      <h3 class="rf-heading">The same experiment on the network of station 1</h3>
      <NetworkTuning />
      <h3 class="rf-heading">Where a field ends: theory, measurement, proof</h3>
      <FieldProof />
    </div>
  );
}

/** Milliseconds between two directions while the bar turns by itself. */
const PACE = 170;

/** The tuning of A, B and C at the place where the light is. */
function Turning() {
  const { value } = stimulus;
  const cells = simpleCells.value;
  const isTurning = useSignal(false);
  useEffect(() => {
    if (!isTurning.value) return;
    let left = STEPS;
    const timer = setInterval(() => {
      const now = stimulus.peek();
      show({ ...now, angle: (now.angle + 180 / STEPS) % 180 });
      if (--left === 0) isTurning.value = false;
    }, PACE);
    return () => clearInterval(timer);
  }, [isTurning.value]);
  const curves = useMemo(
    () => cells.map((cell) => ({ name: cell.name, values: tuningOf(cell, value, STEPS) })),
    [cells, value.y, value.x, value.length],
  );
  const scene = (width: number, theme: ThemeName): Scene =>
    polarCurve({
      title: "Spikes a second by direction of the bar",
      heading: false,
      theme,
      width,
      columns: 3,
      scaling: "shared",
      units: curves,
    });
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <Figure
      title="Spikes by direction of a bar at this place"
      name="tuning-neurons"
      svg={() => toSvg(scene(480, shownTheme.value))}
      data={() => curves.map(({ name, values }) => [name, ...values].join("\t")).join("\n")}
    >
      <Plot scene={scene} />
      {!isStill && (
        <button
          type="button"
          disabled={value.shape !== "bar"}
          onClick={() => {
            isTurning.value = !isTurning.value;
          }}
        >
          {isTurning.value ? "Stop" : "Turn the bar once around"}
        </button>
      )}
    </Figure>
  );
}

/** All cells of the two layers at once. */
function Mosaic() {
  const first: Maps = { data: mosaic.value, height: MOSAIC, width: MOSAIC, channels: directions.length };
  const next: Maps = { data: second.value, height: MOSAIC, width: MOSAIC, channels: secondCells.length };
  const range = { low: 0, high: BEST_RATE };
  return (
    <div class="rf-mosaic">
      <Figure
        title={`First layer: ${MOSAIC * MOSAIC} overlapping fields, ${directions.length} directions (${directions.join("°, ")}°)`}
        name="mosaic"
        data={() => Array.from(mosaic.value).join("\n")}
      >
        <Pixels maps={first} label="Rates of the first layer" noun="direction" range={range} gap={1}>
          <RangeBar range={range} unit="spikes a second" />
        </Pixels>
      </Figure>
      <Figure
        title="Second layer: corner cells, cross cells"
        name="second-layer"
        data={() => Array.from(second.value).join("\n")}
      >
        <Pixels maps={next} label="Rates of the second layer" noun="kind" range={range} gap={1}>
          <RangeBar range={range} unit="spikes a second" />
        </Pixels>
      </Figure>
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        A simple cell's field is Gabor's function, <code>exp(−u²/2σ² − v²/2τ²) · cos(2πv/λ)</code>, u along its
        direction and v across it, shifted so that even light gives no response. Its rate is{" "}
        <code>max(0, Σ weight · light)</code>. A cell of the second layer adds four neighbours and fires above its
        threshold.
      </p>
      <p>
        Selectivity is <code>|Σ r(θ) e^(2iθ)| / Σ r(θ)</code> over 36 directions θ; r is the largest response over five
        shifts of the bar. Fields grow as <code>size += (kernel − 1) · jump</code>, <code>jump *= stride</code>.
      </p>
      <p class="rf-sources">
        Hubel and Wiesel 1959, J. Physiol. 148; Ringach, Shapley and Hawken 2002, J. Neurosci. 22; Luo et al. 2016.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { measuredField, orientationTuning, receptiveField } from "fovea/insight";

const { selectivity, preferred } = await orientationTuning(model, { layer: "conv2d_1" });
receptiveField(model); // size, jump and start of each layer
const field = await measuredField(model, { layer: "conv2d_1", unit: [5, 15, 0], images });`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
