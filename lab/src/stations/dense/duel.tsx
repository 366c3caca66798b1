/** The duel of a CNN and an MLP of equal size: curves, damage, shuffled pixels, templates. */
import { signal, useSignal } from "@preact/signals";
import { lineChart, type Scene, type ThemeName, toSvg } from "fovea/plot";
import { useMemo, useRef } from "preact/hooks";
import { grouped } from "../../base/numbers.ts";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Notice } from "../../parts/notice.tsx";
import { Pixels } from "../../parts/pixels.tsx";
import { Plot } from "../../parts/plot.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { engine, network } from "../../state/engine.ts";
import { say } from "../../state/live.ts";
import { shownTheme } from "../../state/selection.ts";
import { strongestUnits } from "./state.ts";
import type { DamageCurve, DuelInput, DuelNews, DuelOutput, DuelTest, Fighter } from "./tasks.ts";

interface Duelled {
  readonly doing: string;
  readonly step: number;
  readonly totalSteps: number;
  readonly losses: Readonly<Record<Fighter, readonly number[]>>;
  readonly tests: readonly DuelTest[];
  readonly output?: DuelOutput;
}

type Pixelled = "plain" | "shuffled";

/** Kept while the page is open: a visitor comes back to it. */
const duels = signal<Readonly<Partial<Record<Pixelled, Duelled>>>>({});

const start: Duelled = { doing: "starting", step: 0, totalSteps: 0, losses: { cnn: [], mlp: [] }, tests: [] };

function take(name: Pixelled, news: DuelNews): void {
  const before = duels.value[name] ?? start;
  duels.value = {
    ...duels.value,
    [name]: {
      ...before,
      doing: news.doing,
      step: news.step,
      totalSteps: news.totalSteps,
      losses: { cnn: [...before.losses.cnn, ...news.losses.cnn], mlp: [...before.losses.mlp, ...news.losses.mlp] },
      tests: news.test === undefined ? before.tests : [...before.tests, news.test],
    },
  };
}

const settings = { images: 4000, batchSize: 32, seed: 7 } as const;

async function fight(name: Pixelled, signal: AbortSignal): Promise<void> {
  duels.value = { ...duels.value, [name]: start };
  const input: DuelInput = { ...settings, isShuffled: name === "shuffled" };
  const onProgress = (value: unknown) => take(name, value as DuelNews);
  const output = (await engine.call(
    "task",
    { station: "dense", task: "duel", input },
    { signal, onProgress },
  )) as DuelOutput;
  duels.value = { ...duels.value, [name]: { ...(duels.value[name] ?? start), doing: "finished", output } };
  say("Both networks have learned.");
}

const names: Readonly<Record<Fighter, string>> = { cnn: "CNN", mlp: "MLP" };
const percent = (share: number | undefined) => (share === undefined ? "–" : `${(100 * share).toFixed(1)} %`);

export function Duel() {
  const running = useSignal<Pixelled | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const controller = useRef<AbortController | undefined>(undefined);
  const begin = async (name: Pixelled) => {
    controller.current = new AbortController();
    running.value = name;
    failure.value = undefined;
    try {
      await fight(name, controller.current.signal);
    } catch (error) {
      if (!controller.current.signal.aborted) failure.value = error instanceof Error ? error.message : String(error);
    }
    running.value = undefined;
  };
  const { plain, shuffled } = duels.value;
  const shown = running.value === undefined ? undefined : duels.value[running.value];
  return (
    <div class="dn-duel">
      <h3 class="dn-heading">The duel: 203,434 parameters in a CNN, 203,530 in a fully connected network</h3>
      <div class="dn-controls">
        {running.value === undefined ? (
          <>
            <button type="button" class="main" disabled={network.value === undefined} onClick={() => begin("plain")}>
              {plain === undefined ? "Train both side by side" : "Train both again"}
            </button>
            <button type="button" disabled={network.value === undefined} onClick={() => begin("shuffled")}>
              Train both on shuffled pixels
            </button>
          </>
        ) : (
          <button type="button" onClick={() => controller.current?.abort()}>
            Stop
          </button>
        )}
        {shown !== undefined && (
          <span class="dn-doing" role="status">
            {shown.doing}
            {shown.step > 0 && `: step ${shown.step} of ${shown.totalSteps}`}
          </span>
        )}
      </div>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {(plain ?? shuffled) === undefined ? (
        <p class="dn-waiting">
          {grouped(settings.images)} drawn digits, {Math.ceil(settings.images / settings.batchSize)} batches of{" "}
          {settings.batchSize}; the same for both.
        </p>
      ) : (
        <Results />
      )}
    </div>
  );
}

function Results() {
  const { plain, shuffled } = duels.value;
  const output = plain?.output;
  return (
    <>
      <div class="dn-pair">
        <Accuracies />
        <Losses duelled={plain ?? shuffled!} name={plain === undefined ? "shuffled pixels" : "digits"} />
      </div>
      <Summary />
      {output !== undefined && (
        <>
          <div class="dn-pair">
            <Damage title="Digits shifted to the right" unit="pixels" name="shift" curve={output.shift} />
            <Damage title="Noise added to each pixel" unit="standard deviation" name="noise" curve={output.noise} />
          </div>
          <Templates weights={output.templates} />
        </>
      )}
    </>
  );
}

function Accuracies() {
  const { plain, shuffled } = duels.value;
  const lines = [
    ...(plain === undefined ? [] : lineOf("", plain, false)),
    ...(shuffled === undefined ? [] : lineOf(", shuffled", shuffled, true)),
  ].filter(({ values }) => values.length > 0);
  const scene = (width: number, theme: ThemeName): Scene =>
    lineChart({
      title: "Test accuracy",
      heading: false,
      theme,
      width,
      series: lines,
      yLabel: "right test digits, higher is better",
      xLabel: "step",
      yRange: [0, 1],
    });
  return (
    <Figure
      title="Right test digits while both learn"
      name="duel-accuracy"
      svg={() => toSvg(scene(640, shownTheme.value))}
      data={() => lines.map(({ name, x, values }) => `${name}\t${x.join("\t")}\n\t${values.join("\t")}`).join("\n")}
    >
      {lines.length > 0 && <Plot scene={scene} />}
    </Figure>
  );
}

const lineOf = (suffix: string, { tests }: Duelled, dashed: boolean) =>
  (["cnn", "mlp"] as const).map((fighter) => ({
    name: names[fighter] + suffix,
    values: tests.map(({ accuracy }) => accuracy[fighter]),
    x: tests.map(({ step }) => step),
    dashed,
    points: true,
  }));

function Losses({ duelled, name }: { readonly duelled: Duelled; readonly name: string }) {
  const isThere = duelled.losses.cnn.length > 0;
  const scene = (width: number, theme: ThemeName): Scene =>
    lineChart({
      title: "Loss",
      heading: false,
      theme,
      width,
      series: (["cnn", "mlp"] as const).map((fighter) => ({
        name: names[fighter],
        values: duelled.losses[fighter],
        smoothing: 0.8,
      })),
      yLabel: "loss, lower is better",
      xLabel: "step",
    });
  return (
    <Figure
      title={`Loss of the same batches, ${name}`}
      name="duel-loss"
      svg={() => toSvg(scene(640, shownTheme.value))}
      data={() => `CNN\t${duelled.losses.cnn.join("\t")}\nMLP\t${duelled.losses.mlp.join("\t")}`}
    >
      {isThere && <Plot scene={scene} />}
    </Figure>
  );
}

function Summary() {
  const { plain, shuffled } = duels.value;
  const last = (duelled: Duelled | undefined, fighter: Fighter) => duelled?.tests.at(-1)?.accuracy[fighter];
  return (
    <table class="dn-table dn-summary">
      <caption>Right test digits at the end; shuffled: one fixed order of the pixels for all images</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">digits</th>
          <th scope="col">shuffled</th>
          <th scope="col">difference</th>
        </tr>
      </thead>
      <tbody>
        {(["cnn", "mlp"] as const).map((fighter) => {
          const [first, second] = [last(plain, fighter), last(shuffled, fighter)];
          const isBoth = first !== undefined && second !== undefined;
          return (
            <tr key={fighter}>
              <th scope="row">{names[fighter]}</th>
              <td>{percent(first)}</td>
              <td>{percent(second)}</td>
              <td>{isBoth ? `${(100 * (second - first)).toFixed(1).replace("-", "−")} points` : "–"}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface DamageProps {
  readonly title: string;
  readonly unit: string;
  readonly name: string;
  readonly curve: DamageCurve;
}

function Damage({ title, unit, name, curve }: DamageProps) {
  const scene = (width: number, theme: ThemeName): Scene =>
    lineChart({
      title,
      heading: false,
      theme,
      width,
      series: (["cnn", "mlp"] as const).map((fighter) => ({
        name: names[fighter],
        values: curve.accuracy[fighter],
        x: curve.amounts,
        points: true,
      })),
      xLabel: unit,
      yLabel: "right test digits",
      yRange: [0, 1],
    });
  return (
    <Figure
      title={title}
      name={`duel-${name}`}
      svg={() => toSvg(scene(640, shownTheme.value))}
      data={() =>
        [
          [unit, ...curve.amounts],
          ["CNN", ...curve.accuracy.cnn],
          ["MLP", ...curve.accuracy.mlp],
        ]
          .map((row) => row.join("\t"))
          .join("\n")
      }
    >
      <Plot scene={scene} />
    </Figure>
  );
}

/** Templates that are shown, of 256. */
const SHOWN = 32;
const UNITS = 256;

function Templates({ weights }: { readonly weights: Float32Array }) {
  const maps = useMemo((): Maps => ({ data: weights, height: 28, width: 28, channels: UNITS }), [weights]);
  const order = useMemo(() => strongestUnits(weights, UNITS).slice(0, SHOWN), [weights]);
  const range = useMemo(() => rangeOf(maps), [maps]);
  return (
    <Figure
      title={`What a fully connected neuron learns: a template of the whole picture (${SHOWN} of ${UNITS}, the strongest)`}
      name="templates"
      data={() => order.map((unit) => maps.data[unit]).join("\n")}
    >
      <Pixels
        maps={maps}
        label="Weights of the MLP's first layer"
        noun="neuron"
        range={range}
        columns={8}
        order={order}
      >
        <RangeBar range={range} unit="weight" />
      </Pixels>
    </Figure>
  );
}
