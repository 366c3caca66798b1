/** The experiment on the network: tuning curves of every filter before and after training. */
import { useComputed, useSignalEffect } from "@preact/signals";
import { histogram, type PolarUnit, polarCurve, type Scene, type ThemeName, toSvg } from "fovea/plot";
import type { WeightsAt } from "../../engine/protocol.ts";
import { Figure } from "../../parts/figure.tsx";
import { Plot } from "../../parts/plot.tsx";
import { Segments } from "../../parts/segments.tsx";
import { Slider } from "../../parts/slider.tsx";
import { type Answer, useAnswer } from "../../state/answer.ts";
import { engine, network, run, weightsAt } from "../../state/engine.ts";
import { channel, layer, select, shownTheme, unit } from "../../state/selection.ts";
import { LiveMaps } from "./live-maps.tsx";
import {
  bySelectivity,
  curveOf,
  type MapLayer,
  mapLayers,
  mapUnitOf,
  preferredDegrees,
  SELECTIVE,
  summariseSelectivity,
} from "./network.ts";
import { tunings } from "./signals.ts";
import type { Tuning, TuningInput } from "./tasks.ts";

const measure = (input: TuningInput, signal: AbortSignal) =>
  engine.call("task", { station: "receptive-fields", task: "tuning", input }, { signal }) as Promise<Tuning>;

/** Measures both layers at a moment. */
async function measureLayers(at: WeightsAt | "initial", signal: AbortSignal): Promise<Record<MapLayer, Tuning>> {
  const [conv2d, conv2d_1] = await Promise.all(mapLayers.map((each) => measure({ layer: each, at }, signal)));
  return { conv2d: conv2d!, conv2d_1: conv2d_1! };
}

const title = (name: MapLayer) => (name === "conv2d" ? "first layer, 64 filters" : "second layer, 32 filters");

export function NetworkTuning() {
  // Of a run of the visitor's, "before" is its own step 0.
  const start = useComputed((): WeightsAt | "initial" => {
    const first = run.value?.checkpoints[0];
    return weightsAt.value === "shipped" || first === undefined ? "initial" : first;
  });
  const before = useAnswer((signal) => (network.value === undefined ? undefined : measureLayers(start.value, signal)));
  const after = useAnswer((signal) =>
    network.value === undefined ? undefined : measureLayers(weightsAt.value, signal),
  );
  useSignalEffect(() => {
    tunings.value = { before: before.value.value, after: after.value.value };
  });
  const shown = mapUnitOf({ layer: layer.value, channel: channel.value, ...unit.value });
  const choose = (name: MapLayer, to: number) => select({ ...mapUnitOf({ ...shown, layer: name }), channel: to });
  return (
    <div class="rf-network" aria-busy={before.value.isPending || after.value.isPending}>
      <Segments
        label="Layer"
        options={mapLayers}
        value={shown.layer}
        nameOf={title}
        onChange={(name) => choose(name, name === shown.layer ? shown.channel : 0)}
      />
      <div class="rf-pair">
        <Curves
          title="Before training, the most selective first"
          name={`tuning-${shown.layer}-before`}
          answer={before.value}
          {...{ shown, choose }}
        />
        <Curves
          title={weightsAt.value === "shipped" ? "After training" : `After step ${weightsAt.value} of your run`}
          name={`tuning-${shown.layer}-after`}
          answer={after.value}
          {...{ shown, choose }}
        />
      </div>
      <LiveMaps unit={shown} />
      {before.value.value !== undefined && after.value.value !== undefined && (
        <Details
          before={before.value.value[shown.layer]}
          after={after.value.value[shown.layer]}
          {...{ shown, choose }}
        />
      )}
    </div>
  );
}

type Choose = (layer: MapLayer, channel: number) => void;
type Shown = ReturnType<typeof mapUnitOf>;

interface CurvesProps {
  readonly title: string;
  readonly name: string;
  readonly answer: Answer<Record<MapLayer, Tuning>>;
  readonly shown: Shown;
  readonly choose: Choose;
}

const unitOf = (measured: Tuning, at: number, name = ""): PolarUnit => ({
  name,
  values: Array.from(curveOf(measured.responses, at, measured.orientations.length)),
});

function Curves({ title, name, answer: { value, failure }, shown, choose }: CurvesProps) {
  const measured = value?.[shown.layer];
  const order = measured && bySelectivity(measured.selectivity);
  const scene = (width: number, theme: ThemeName): Scene =>
    polarCurve({
      title,
      heading: false,
      theme,
      width,
      columns: Math.min(8, Math.floor(width / 56)),
      units: order!.map((each) => unitOf(measured!, each, `filter ${each}`)),
      selected: order!.indexOf(shown.channel),
    });
  return (
    <Figure
      title={title}
      name={name}
      failure={failure}
      {...(measured && {
        svg: () => toSvg(scene(640, shownTheme.value)),
        data: () => table(measured),
      })}
    >
      {measured === undefined ? (
        <p class="rf-waiting">{failure === undefined ? "showing 180 bars to every filter" : ""}</p>
      ) : (
        <Plot scene={scene} onSelect={(key) => choose(shown.layer, order![Number(key)]!)} />
      )}
    </Figure>
  );
}

/** Filters in rows, directions in columns. */
function table({ orientations, responses, selectivity }: Tuning): string {
  const head = ["filter", "selectivity", ...orientations.map((angle) => ((angle * 180) / Math.PI).toFixed(0))];
  const rows = selectivity.map((each, at) => [at, each, ...curveOf(responses, at, orientations.length)].join("\t"));
  return [head.join("\t"), ...rows].join("\n");
}

interface DetailsProps {
  readonly before: Tuning;
  readonly after: Tuning;
  readonly shown: Shown;
  readonly choose: Choose;
}

function Details({ before, after, shown, choose }: DetailsProps) {
  const order = bySelectivity(after.selectivity);
  const rank = order.indexOf(shown.channel);
  const curve = (width: number, theme: ThemeName): Scene =>
    polarCurve({
      title: `Filter ${shown.channel}`,
      heading: false,
      theme,
      width: Math.min(width, 240),
      units: [
        {
          ...unitOf(after, shown.channel),
          before: Array.from(curveOf(before.responses, shown.channel, before.orientations.length)),
        },
      ],
      selected: 0,
    });
  return (
    <>
      <Slider
        label="Filter, by selectivity"
        value={rank + 1}
        min={1}
        max={order.length}
        onChange={(to) => choose(shown.layer, order[to - 1]!)}
      />
      <div class="rf-details">
        <Figure
          title={`Filter ${shown.channel}; dashed: before`}
          name="tuning-filter"
          svg={() => toSvg(curve(240, shownTheme.value))}
        >
          <Plot scene={curve} />
          <p class="readout">
            selectivity {before.selectivity[shown.channel]!.toFixed(2)} → {after.selectivity[shown.channel]!.toFixed(2)}
            {Number.isNaN(after.preferred[shown.channel])
              ? ""
              : `, prefers ${degrees(after.preferred[shown.channel]!)}`}
          </p>
        </Figure>
        <Directions title="Preferred, before" name="directions-before" preferred={before.preferred} />
        <Directions title="Preferred, after" name="directions-after" preferred={after.preferred} />
        <Summary before={before} after={after} name={shown.layer} />
      </div>
    </>
  );
}

const degrees = (radians: number) => `${Math.round((radians * 180) / Math.PI) % 180}°`;

interface DirectionsProps {
  readonly title: string;
  readonly name: string;
  readonly preferred: readonly number[];
}

function Directions({ title, name, preferred }: DirectionsProps) {
  const scene = (width: number, theme: ThemeName): Scene =>
    histogram({
      title,
      heading: false,
      theme,
      width: Math.min(width, 240),
      values: preferredDegrees(preferred),
      bins: 12,
      period: 180,
    });
  return (
    <Figure
      title={title}
      name={name}
      svg={() => toSvg(scene(240, shownTheme.value))}
      data={() => preferredDegrees(preferred).join("\n")}
    >
      <Plot scene={scene} />
    </Figure>
  );
}

function Summary({
  before,
  after,
  name,
}: {
  readonly before: Tuning;
  readonly after: Tuning;
  readonly name: MapLayer;
}) {
  const [first, last] = [summariseSelectivity(before.selectivity), summariseSelectivity(after.selectivity)];
  return (
    <table class="rf-table">
      <caption>Selectivity of {name}: 0 fires alike at any direction, 1 at one alone</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">before</th>
          <th scope="col">after</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">median</th>
          <td>{first.median.toFixed(2)}</td>
          <td>{last.median.toFixed(2)}</td>
        </tr>
        <tr>
          <th scope="row">above {SELECTIVE}</th>
          <td>
            {first.selective} of {first.units}
          </td>
          <td>
            {last.selective} of {last.units}
          </td>
        </tr>
      </tbody>
    </table>
  );
}
