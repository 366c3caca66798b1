/** Station 7: the same training on one device after the other, replayed as a race. */
import { useSignal } from "@preact/signals";
import { raceLanes, type Scene, type ThemeName, toSvg } from "fovea/plot";
import { Figure } from "../../parts/figure.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Plot } from "../../parts/plot.tsx";
import { copyText } from "../../parts/save.ts";
import { Segments } from "../../parts/segments.tsx";
import { gpu, network, run } from "../../state/engine.ts";
import { shownTheme } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { Replay } from "./replay.tsx";
import {
  type Crossed,
  crossed,
  doing,
  failure,
  type Raced,
  raced,
  startCrossover,
  startRace,
  stop,
} from "./results.ts";
import { absentLine, columns, type LaneKey, laneKeys, lanes, parityOf, rowOf, verdictOf, winnerOf } from "./state.ts";
import "./race.css";

function Headline() {
  return <>Same numbers, other machine: which is faster?</>;
}

function Question() {
  return (
    <p>
      Training is multiplication and addition, and all devices do the same of it. A GPU does thousands at once, but must
      be told what to do each time: is that worth it for a network <b>as small as this one</b>?
    </p>
  );
}

function Task() {
  return (
    <p>
      Start the race. Each device trains the handout's network alone, from the same weights on the same batches;
      afterwards you see them side by side.
    </p>
  );
}

function Noticed() {
  return (
    <>
      what the first steps cost: starting and compiling may take longer than the whole training. Notice also the gap
      between the losses. Devices add in another order and round differently, so it is small but seldom zero.
    </>
  );
}

const chosen = {
  "cpu-1": true,
  cpu: true,
  gpu: true,
  reference: false,
} as const satisfies Record<LaneKey, boolean>;

function Instrument() {
  const wanted = useSignal<Readonly<Record<LaneKey, boolean>>>(chosen);
  const steps = useSignal(60);
  const batchSize = useSignal(32);
  const isBusy = doing.value !== "";
  const keys = laneKeys.filter((key) => wanted.value[key]);
  const isTraining = run.value?.state === "running" || run.value?.state === "preparing";
  // The race says it, too.
  const isSaid = raced.value?.absent.some(({ key }) => key === "gpu") === true;
  const isReady = network.value !== undefined && !isBusy && !isTraining;
  return (
    <div class="rc">
      <div class="rc-controls">
        <fieldset class="rc-devices">
          <legend>Devices</legend>
          {laneKeys.map((key) => (
            <label key={key}>
              <input
                type="checkbox"
                checked={wanted.value[key]}
                disabled={isBusy}
                onChange={({ currentTarget }) => {
                  wanted.value = { ...wanted.value, [key]: currentTarget.checked };
                }}
              />
              {lanes[key].name}
              {key === "reference" && <span class="soft">plain loops, very slow</span>}
            </label>
          ))}
        </fieldset>
        <div class="rc-settings">
          <Segments
            label="Steps"
            options={[20, 60, 200]}
            value={steps.value}
            onChange={(value) => {
              steps.value = value;
            }}
          />
          <Segments
            label="Batch"
            options={[8, 32, 128]}
            value={batchSize.value}
            onChange={(value) => {
              batchSize.value = value;
            }}
          />
          <div class="rc-row">
            {isBusy ? (
              <button type="button" onClick={stop}>
                Stop
              </button>
            ) : (
              <button
                type="button"
                class="main"
                disabled={!isReady || keys.length === 0}
                onClick={() => startRace(keys, steps.value, batchSize.value)}
              >
                Start the race
              </button>
            )}
            <span class="rc-doing" role="status">
              {doing.value}
            </span>
          </div>
          {isTraining && <p class="soft">A training run computes now and would be measured with it: pause it first.</p>}
          {keys.length === 0 && <p class="soft">A race needs a device.</p>}
          {gpu.value?.isAvailable === false && !isSaid && <p class="soft">No WebGPU: {gpu.value.description}</p>}
        </div>
      </div>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {raced.value !== undefined && <Results raced={raced.value} />}
      <Crossing isReady={isReady} />
    </div>
  );
}

function Results({ raced: result }: { readonly raced: Raced }) {
  const { entries, absent, isStopped } = result;
  const parity = parityOf(entries);
  const threads = new Set(entries.filter(({ device }) => device === "cpu").map(({ description }) => description));
  const hasTwins = entries.filter(({ device }) => device === "cpu").length === 2 && threads.size === 1;
  return (
    <>
      {absent.map((each) => (
        <Notice key={each.key} kind="info">
          {absentLine(each)}
        </Notice>
      ))}
      {isStopped && <Notice kind="info">The race was stopped: devices that were not through are left out.</Notice>}
      {hasTwins && <Notice kind="info">The CPU has one thread here, so its two lanes did the same work.</Notice>}
      {entries.length > 0 && (
        <>
          <Replay raced={result} isOver={doing.value === ""} />
          <Times raced={result} />
          {parity !== undefined && (
            <p class={parity.partsAt === undefined ? "rc-verdict" : "rc-verdict is-fail"}>{verdictOf(parity)}</p>
          )}
          <Chart raced={result} />
        </>
      )}
    </>
  );
}

function Times({ raced: { entries, absent, input, isStopped } }: { readonly raced: Raced }) {
  const copied = useSignal("");
  const rows = entries.map((entry) => rowOf(entry, entries));
  const copyJson = async () => {
    const text = JSON.stringify({ ...input, isStopped, entries, absent, parity: parityOf(entries) }, null, 2);
    copied.value = (await copyText(text)) ? "copied" : "copying is not allowed here";
  };
  return (
    <div>
      <div class="scrolls">
        <table class="numbers rc-times">
          <caption>
            {input.steps} steps of {input.batchSize} drawn digits, the first {entries[0]!.warmUpSteps} of them warm-up;
            one device after the other
          </caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...cells]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, i) => (
                  <td key={columns[i + 1]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div class="rc-row">
        <button
          type="button"
          onClick={async () => {
            const text = [columns, ...rows].map((row) => row.join("\t")).join("\n");
            copied.value = (await copyText(text)) ? "copied" : "copying is not allowed here";
          }}
        >
          Copy the table
        </button>
        <button type="button" onClick={copyJson}>
          Copy as JSON
        </button>
        <span class="soft" role="status">
          {copied.value}
        </span>
      </div>
    </div>
  );
}

function Chart({ raced: { entries } }: { readonly raced: Raced }) {
  const parity = parityOf(entries);
  const scene = (width: number, theme: ThemeName): Scene =>
    raceLanes({
      title: "CPU against GPU",
      heading: false,
      theme,
      width,
      lanes: entries.map((entry) => ({ ...entry, device: lanes[entry.key].name })),
      ...(parity && { parity }),
    });
  return (
    <Figure
      title="Speed, losses, and the gap between them"
      name="race"
      svg={() => toSvg(scene(760, shownTheme.value))}
      data={() => entries.map(({ key, losses }) => [lanes[key].name, ...losses].join("\t")).join("\n")}
    >
      <Plot scene={scene} />
    </Figure>
  );
}

function Crossing({ isReady }: { readonly isReady: boolean }) {
  const result = crossed.value;
  return (
    <section class="rc-crossing">
      <h3>When does the GPU win?</h3>
      <p class="soft">
        Short races of CPU and WebGPU over the number of filters and the size of a batch. A cell names the winner and
        how many times as fast it is.
      </p>
      <button type="button" disabled={!isReady} onClick={startCrossover}>
        Race nine sizes
      </button>
      {result !== undefined && <Winners crossed={result} />}
    </section>
  );
}

function Winners({ crossed: { input, cells, failures } }: { readonly crossed: Crossed }) {
  return (
    <>
      {failures.map(({ device, reason }) => (
        <Notice key={device} kind="info">
          {absentLine({ key: device as LaneKey, reason })}
        </Notice>
      ))}
      <div class="scrolls">
        <table class="numbers rc-winners">
          <caption>{input.steps} steps each; filters of the first convolution, the second has half as many</caption>
          <thead>
            <tr>
              <th scope="col">filters</th>
              {input.batchSizes.map((size) => (
                <th key={size} scope="col">
                  batch {size}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {input.filters.map((filters) => (
              <tr key={filters}>
                <th scope="row">{filters}</th>
                {input.batchSizes.map((size) => {
                  const words = winnerOf({ cells }, filters, size);
                  return (
                    <td key={size} class={words.startsWith("WebGPU") ? "is-gpu" : undefined}>
                      {words || "…"}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Maths() {
  return (
    <p>
      The speed is that of the steps after the warm-up: half of them take at most the <b>median</b>, 95 of 100 at most{" "}
      <b>p95</b>. The gap of two losses is <code>|a − b| / max(|a|, |b|)</code>; training amplifies rounding, slowly at
      first, so a large gap in the first steps is an error and a small one later is not.
    </p>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { race, raceText } from "fovea/insight";

const result = await race(model, [images, labels], { devices: ["cpu", "gpu"], steps: 60 });
console.log(raceText(result));`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
