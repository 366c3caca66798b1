/** How the shipped network learnt: the recorded loss, and the first layer's kernels at any of its checkpoints. */
import { lineChart } from "fovea/plot";
import { useMemo } from "preact/hooks";
import { grouped } from "../../base/numbers.ts";
import { Chart } from "../../parts/chart.tsx";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { Slider } from "../../parts/slider.tsx";
import { wholeNumber } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { shortDevice } from "../../state/engine.ts";
import { address } from "../../state/selection.ts";
import { type RecordedRun, readRecordedRun } from "./state.ts";

/** The number of a checkpoint; beyond the last one: the last. */
const LAST = 999;
const wanted = address.signal("see.recorded", LAST, wholeNumber(0, LAST));

async function fetchRecord(signal: AbortSignal): Promise<RecordedRun> {
  const read = async (address: URL) => {
    const response = await fetch(address, { signal });
    if (!response.ok) throw new Error(`The recorded run could not be read: ${response.status} ${response.statusText}.`);
    return response;
  };
  const [run, halves] = await Promise.all([
    read(new URL("../../../assets/run.json", import.meta.url)).then((response) => response.json()),
    read(new URL("../../../assets/checkpoints.f16", import.meta.url)).then((response) => response.arrayBuffer()),
  ]);
  return readRecordedRun(run, halves);
}

export function Recorded() {
  const answer = useAnswer(fetchRecord);
  const { value, failure } = answer.value;
  if (value === undefined)
    return failure === undefined ? (
      <p class="soft">Reading the recorded run.</p>
    ) : (
      <Figure title="The recorded run" name="recorded" hasPicture={false} failure={failure}>
        {null}
      </Figure>
    );
  return <RecordView run={value} />;
}

function RecordView({ run }: { readonly run: RecordedRun }) {
  const { checkpoints, losses, device, date, seconds, epochs, trainImages } = run;
  const at = Math.min(wanted.value, checkpoints.length - 1);
  const { step, testAccuracy, kernels } = checkpoints[at]!;
  const maps = useMemo((): Maps => ({ data: kernels, height: 3, width: 3, channels: 64 }), [kernels]);
  const range = useMemo(() => rangeOf(maps), [maps]);
  const [, chip] = device.split("; ");
  const steps = checkpoints.map((each) => each.step);
  const choose = (index: number) => {
    wanted.value = index === checkpoints.length - 1 ? LAST : index;
  };
  return (
    <div class="see-recorded">
      <Chart
        title="How it learnt: loss of the recorded run"
        name="recorded-loss"
        inputs={[run, at]}
        data={() => losses.map((loss, index) => `${index + 1}\t${loss}`).join("\n")}
        onSelect={(key) => choose(steps.indexOf(Number(key)))}
        draw={(size) =>
          lineChart({
            ...size,
            ...{ title: "", yLabel: "loss, lower is better", height: 130, cursor: step, choices: steps },
            series: [
              { name: "training", values: losses, smoothing: 0.95 },
              { name: "test", x: steps, values: checkpoints.map(({ testLoss }) => testLoss), dashed: true },
            ],
          })
        }
      />
      <Slider label="checkpoint" value={at} min={0} max={checkpoints.length - 1} onChange={choose} />
      <Figure
        title={`The 64 kernels of the first layer after step ${grouped(step)}`}
        name="recorded-kernels"
        data={() => [...kernels].join("\n")}
        caption={`${(100 * testAccuracy).toFixed(1)} % of 10,000 test digits are right. Recorded on ${date}, ${shortDevice(device)}${chip === undefined ? "" : ` (${chip})`}: ${epochs} epochs of ${grouped(trainImages)} digits in ${Math.round(seconds)} s.`}
      >
        <Pixels
          maps={maps}
          label="Kernels of the first layer"
          noun="kernel"
          range={range}
          columns={16}
          gap={1}
          hasNumbers={false}
        />
      </Figure>
    </div>
  );
}
