/** One weight under the microscope: its gradient, checked by a finite difference, and the optimizer's update number by number. */
import { useSignal } from "@preact/signals";
import { lineChart } from "fovea/plot";
import { shortNumber } from "../../base/numbers.ts";
import { type OptimizerName, optimizerNames, type WeightLook, type WeightName } from "../../engine/protocol.ts";
import { Chart } from "../../parts/chart.tsx";
import { Choice } from "../../parts/choice.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Slider } from "../../parts/slider.tsx";
import { wholeNumber } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { engine, run } from "../../state/engine.ts";
import { address } from "../../state/selection.ts";
import { optimizerTitles, pathOf, placeWords, updateOf } from "./state.ts";

const weight = address.signal("train.weight", 5, wholeNumber(0, 200));
const place = address.signal("train.place", 3, wholeNumber(0, 1e7));

/** Numbers of an update are small: six digits. */
const precise = (value: number) =>
  (value < 0 ? "−" : "") +
  (Math.abs(value) >= 1e-3 || value === 0 ? Math.abs(value).toFixed(7) : Math.abs(value).toExponential(4));

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

interface WeightPlace {
  readonly weight: number;
  readonly place: number;
}

/** The place that is asked for, or the last one where the network has fewer. */
function placeIn(at: WeightPlace, names: readonly WeightName[]): WeightPlace {
  const weight = Math.max(0, Math.min(at.weight, names.length - 1));
  return { weight, place: Math.max(0, Math.min(at.place, sizeOf(names[weight]?.shape ?? []) - 1)) };
}

interface Seen {
  readonly key: string;
  readonly looks: readonly WeightLook[];
}

export function MicroscopeView() {
  const seen = useSignal<Seen>({ key: "", looks: [] });
  const names = useSignal<readonly WeightName[]>([]);
  const answer = useAnswer((signal) => {
    const [frame, at] = [run.value, { weight: weight.value, place: place.value }];
    if (frame?.state !== "paused" || frame.doing === "pausing") return undefined;
    return look(at, signal);
  });
  const look = async (at: WeightPlace, signal: AbortSignal) => {
    names.value = await engine.call("weightNames", null, { signal });
    const found = await engine.call("lookAtWeight", placeIn(at, names.value), { signal });
    const key = `${run.peek()?.run} ${at.weight} ${at.place}`;
    const before = seen.peek().key === key ? seen.peek().looks : [];
    const earlier = before.filter(({ step }) => step < found.step);
    // Steps that nobody has looked at break the series.
    seen.value = { key, looks: [...(earlier.at(-1)?.step === found.step - 1 ? earlier : []), found] };
    return found;
  };
  if (run.value?.state !== "paused")
    return (
      <p class="soft">
        {run.value === undefined || run.value.state === "finished"
          ? "Start a run before its first step, and the microscope shows what a step does to one weight."
          : "Pause the run, and the microscope shows what its next step does to one weight."}
      </p>
    );
  const { value, failure } = answer.value;
  const chosen = placeIn({ weight: weight.value, place: place.value }, names.value);
  const shape = names.value[chosen.weight]?.shape ?? [];
  return (
    <div class="train-microscope" aria-busy={answer.value.isPending}>
      <div class="train-row">
        <Choice
          label="weights"
          value={String(chosen.weight)}
          options={names.value.map(({ name, shape }, index) => [String(index), `${name} (${shape.join(" × ")})`])}
          onChange={(index) => {
            place.value = 0;
            weight.value = Number(index);
          }}
        />
        <Slider
          label="which"
          value={chosen.place}
          min={0}
          max={sizeOf(shape) - 1}
          onChange={(wanted) => {
            place.value = wanted;
          }}
        />
        <span class="soft">{placeWords(shape, chosen.place)}</span>
      </div>
      {value !== undefined && <Calculation look={value} looks={seen.value.looks} failure={failure} />}
      {value === undefined && failure !== undefined && <p role="alert">{failure}</p>}
      {seen.value.looks.length > 1 && <Paths looks={seen.value.looks} />}
    </div>
  );
}

function Calculation({
  look,
  looks,
  failure,
}: {
  readonly look: WeightLook;
  readonly looks: readonly WeightLook[];
  readonly failure: string | undefined;
}) {
  const update = updateOf(look.optimizer, look);
  const gap = Math.abs(look.gradient - look.difference);
  const isClose = gap <= 1e-5 + 0.02 * Math.abs(look.gradient);
  const before = looks.at(-2);
  const promised = before && before.value + updateOf(before.optimizer, before).move;
  return (
    <Figure
      title={`What step ${look.step} does to this weight (${optimizerTitles[look.optimizer]})`}
      name="microscope"
      hasPicture={false}
      failure={failure}
    >
      <div class="scrolls">
        <table class="numbers train-sums">
          <tbody>
            <Row name="w" formula="the weight now" value={look.value} />
            {promised !== undefined && (
              <Row name="w, foretold" formula={`what was promised before step ${before!.step}`} value={promised} />
            )}
            <Row
              name="g"
              formula={`slope of the loss ${shortNumber(look.loss)}, by the backward pass`}
              value={look.gradient}
            />
            <Row
              name="g, checked"
              formula={`(loss(w + ${look.h}) − loss(w − ${look.h})) ⁄ ${2 * look.h}`}
              value={look.difference}
            />
            {update.rows.map((row) => (
              <Row key={row.name} {...row} />
            ))}
            <Row name="w + move" formula="the weight after the step" value={look.value + update.move} isLast />
          </tbody>
        </table>
      </div>
      <p class="soft">
        {isClose
          ? "Both slopes agree."
          : "The slopes differ: within this nudge relu has corners, and 32-bit numbers round."}{" "}
        η is the learning rate, {look.learningRate.toPrecision(3)}; t is {look.step}.
      </p>
      <button type="button" onClick={() => void engine.call("stepRun", null)}>
        Take the step
      </button>
    </Figure>
  );
}

interface RowProps {
  readonly name: string;
  readonly formula: string;
  readonly value: number;
  readonly isLast?: boolean;
}

function Row({ name, formula, value, isLast = false }: RowProps) {
  return (
    <tr class={isLast ? "is-marked" : undefined}>
      <th scope="row">{name}</th>
      <td class="train-formula">{formula}</td>
      <td data-row={name}>{precise(value)}</td>
    </tr>
  );
}

/** The same gradients under each optimizer: what differs is the optimizer alone. */
function Paths({ looks }: { readonly looks: readonly WeightLook[] }) {
  const gradients = looks.map(({ gradient }) => gradient);
  const { learningRate, value: start } = looks[0]!;
  return (
    <Chart
      title="The gradients that you have seen, under four optimizers with this rate"
      name="optimizers"
      inputs={[looks]}
      draw={(size) =>
        lineChart({
          ...size,
          title: "",
          xLabel: "steps seen",
          yLabel: "the weight",
          height: 140,
          series: optimizerNames.map((name: OptimizerName) => ({
            name: optimizerTitles[name],
            x: [0, ...gradients.map((_, index) => index + 1)],
            values: pathOf(name, gradients, { start, learningRate }),
          })),
        })
      }
    />
  );
}
