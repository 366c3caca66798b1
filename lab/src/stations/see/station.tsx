/** Station 1: the whole network at once, with what a unit sees traced back to the digit. */
import { useComputed, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { classesOf } from "../../base/classes.ts";
import { duration, grouped } from "../../base/numbers.ts";
import { Bars, barsSvg } from "../../parts/bars.tsx";
import { Figure } from "../../parts/figure.tsx";
import type { Maps } from "../../parts/maps.ts";
import { Notice } from "../../parts/notice.tsx";
import { type Mark, Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { SampleSlider } from "../../parts/sample-slider.tsx";
import { useAnswer } from "../../state/answer.ts";
import { boxOf } from "../../state/box.ts";
import {
  defaultRun,
  device,
  deviceWords,
  engine,
  network,
  run,
  startRun,
  takeDevice,
  weightsAt,
} from "../../state/engine.ts";
import { imageOf, samples, samplesFailure } from "../../state/samples.ts";
import { pointed, sample, sampleName, select, traced } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { LayerFigure } from "./layer-figure.tsx";
import { Links } from "./links.tsx";
import { Thumbnails } from "./reading.tsx";
import { trainingTime, windowOf } from "./state.ts";
import "./see.css";

/** Digits in the headline. */
const READ = 4;

function Headline() {
  const answer = useAnswer((signal) => {
    const [digits, at] = [samples.value, weightsAt.value];
    if (network.value === undefined || digits === undefined) return undefined;
    return engine.call("predict", { images: digits.images.slice(0, READ * 784), at }, { signal }).then(takeDevice);
  });
  const { value } = answer.value;
  const digits = value && classesOf(value.probabilities);
  const parameters = grouped(network.value?.parameters ?? 203_434);
  return (
    <>
      This {parameters}-parameter network reads these digits:
      <span class="see-reading">
        <span class="read-digits" data-ready={digits !== undefined}>
          {digits?.join(" ") ?? "…"}
        </span>
        <Thumbnails digits={digits} />
      </span>
      <small class="computed">
        {value === undefined
          ? "compiling the network"
          : `computed here in ${duration(value.ms)} on the ${deviceWords.value}`}
      </small>
    </>
  );
}

function Question() {
  return (
    <p>
      A <b>convolutional network</b> looks at a picture through small windows. Its first layer has 64 of them, its
      second 32, and its ten outputs are the probabilities of the digits.
    </p>
  );
}

function Task() {
  return (
    <>
      <p>Point at any map: the orange box shows which pixels of the digit that unit sees.</p>
      <TrainButton />
      <p class="see-note">
        {(defaultRun.epochs * defaultRun.images) / defaultRun.batchSize} steps on {grouped(defaultRun.images)} digits
        that this page draws; the maps follow.
      </p>
    </>
  );
}

/**
 * Seconds that the run of the button takes on the CPU, from the fastest of some readings of all digits. The first one
 * compiles, and those after it share their time with the stations that are opened, and with a compiler that still works.
 */
function useTrainingTime(): number | undefined {
  const answer = useAnswer((signal) => {
    const digits = samples.value;
    // The headline is answered first, and a run would share its time with this.
    if (digits === undefined || device.value === "" || run.value !== undefined) return undefined;
    const read = () => engine.call("predict", { images: digits.images.slice(), at: "shipped" }, { signal });
    const readOften = async () => {
      const times: number[] = [];
      while (times.length < READINGS) times.push((await read()).ms);
      return trainingTime(Math.min(...times) / digits.count, defaultRun);
    };
    return readOften();
  });
  return answer.value.value;
}

const READINGS = 5;

function TrainButton() {
  const isBusy = useSignal(false);
  const seconds = useTrainingTime();
  const start = async () => {
    isBusy.value = true;
    await startRun().finally(() => {
      isBusy.value = false;
    });
  };
  return (
    <button type="button" class="main" disabled={isBusy.value || network.value === undefined} onClick={start}>
      {run.value === undefined ? "Train one yourself" : "Train another one"}
      {seconds !== undefined && ` (about ${seconds} s on this CPU)`}
    </button>
  );
}

function Noticed() {
  return (
    <>
      that strong maps of the first layer follow edges of one direction, while those of the second answer to strokes and
      their ends.
    </>
  );
}

function Instrument() {
  const image = useComputed(() => samples.value && imageOf(samples.value, sample.value));
  const answer = useAnswer((signal) => {
    const [pixels, at] = [image.value, weightsAt.value];
    if (network.value === undefined || pixels === undefined) return undefined;
    return engine.call("featureMaps", { image: pixels.slice(), at }, { signal });
  });
  const { value, failure, isPending } = answer.value;
  const window = windowOf(network.value?.layers ?? [], traced.value);
  const problem = failure ?? samplesFailure.value;
  const more = useSignal<{ readonly More: ComponentType } | undefined>(undefined);
  useEffect(() => {
    if (value !== undefined && more.peek() === undefined)
      import("./more.tsx").then(
        (loaded) => {
          more.value = loaded;
        },
        // It is asked for again with the next answer.
        () => undefined,
      );
  }, [value]);
  const More = more.value?.More;
  return (
    <div class="see" aria-busy={isPending}>
      {problem !== undefined && <Notice kind="error">{problem}</Notice>}
      <div class="see-strip">
        <Digit pixels={image.value} />
        {value?.layers
          .filter(({ shape }) => shape.length === 3)
          .map((layer) => (
            <LayerFigure
              key={layer.name}
              layer={layer}
              window={layer.name === window?.layer ? window.box : undefined}
            />
          ))}
        {value !== undefined && <Probabilities values={value.layers.at(-1)!.data} />}
        <Links traced={traced.value} version={value} />
      </div>
      <SampleSlider />
      {More !== undefined && <More />}
    </div>
  );
}

function Digit({ pixels }: { readonly pixels: Float32Array | undefined }) {
  const maps = useMemo(
    (): Maps => ({ data: pixels ?? new Float32Array(784), height: 28, width: 28, channels: 1 }),
    [pixels],
  );
  const info = network.value?.layers.find(({ name }) => name === traced.value.layer);
  const box = info && boxOf(info, traced.value, 28);
  const marks: readonly Mark[] = box === undefined ? [] : [{ channel: 0, ...box }];
  const range = { low: 0, high: 1 };
  return (
    <Figure kind="Image" title="28 × 28 pixels" name="digit" data={() => Array.from(maps.data).join("\n")}>
      <div class="see-digit">
        <Pixels maps={maps} label={sampleName(sample.value)} noun="digit" range={range} colours="ink" marks={marks}>
          <RangeBar range={range} colours="ink" unit="grey level" />
        </Pixels>
      </div>
    </Figure>
  );
}

function Probabilities({ values }: { readonly values: Float32Array }) {
  const unitOf = (channel: number) => ({ layer: "dense", channel, y: 0, x: 0 }) as const;
  return (
    <Figure
      kind="Dense"
      title="ten probabilities"
      name="probabilities"
      svg={() => barsSvg("Probability of each digit", values)}
      data={() => Array.from(values).join("\n")}
    >
      <Bars
        values={values}
        label="Probability of each digit"
        onSelect={(index) => select(unitOf(index))}
        onPoint={(index) => {
          pointed.value = index === undefined ? undefined : unitOf(index);
        }}
      />
    </Figure>
  );
}

function Maths() {
  return (
    <p>
      A unit of the first layer is <code>max(0, b + Σ w · x)</code> over 3 × 3 pixels. A unit of the second sums 3 × 3
      units of all 64 maps, so that it sees 5 × 5 pixels. The last layer weighs all 18,432 units of the second;{" "}
      <code>softmax</code> turns its ten sums into shares of 1.
    </p>
  );
}

function Code() {
  return (
    <pre>
      <code>{`const model = new Sequential([
  new Conv2D({ filters: 64, kernelSize: 3,
    activation: "relu", inputShape: [28, 28, 1] }),
  new Conv2D({ filters: 32, kernelSize: 3,
    activation: "relu" }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
const probabilities = await model.predict(images);`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
