/** Station 8: the handout's table, the test digits with their answers, and the visitor's own digit. */
import { useComputed, useSignal } from "@preact/signals";
import { Choice } from "../../parts/choice.tsx";
import { Figure } from "../../parts/figure.tsx";
import { oneOf } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { anyWeightsAt, engine, network } from "../../state/engine.ts";
import { samples } from "../../state/samples.ts";
import { address, drawnDigits, sample, TEST_DIGITS } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { Drawing } from "./drawing.tsx";
import { Matrix, type MatrixCell } from "./matrix.tsx";
import { MistakeLoop } from "./mistake.tsx";
import { chosen, countPairs, type FilterName, filterNames, readingsOf } from "./state.ts";
import type { DrawnDigits } from "./tasks.ts";
import { Tiles } from "./tiles.tsx";
import "./predict.css";

const setNames = ["mnist", "drawn"] as const;
type SetName = (typeof setNames)[number];
const digitSet = address.signal<SetName>("predict.set", "mnist", oneOf(setNames));
const filter = address.signal<FilterName>("predict.filter", "all", oneOf(filterNames));

const filterTitles: Readonly<Record<FilterName, string>> = {
  all: "all",
  wrong: "read wrongly",
  unsure: "less than 80 % sure",
};
/** "100 of MNIST’s test set and 2 of yours" */
const setTitle = () =>
  `${TEST_DIGITS} of MNIST’s test set${drawnDigits.value.length > 0 ? ` and ${drawnDigits.value.length} of yours` : ""}`;

/** "4.9": a cell of the matrix. */
const cell = address.signal<MatrixCell | undefined>("predict.cell", undefined, {
  parse: (text) => {
    const parts = /^(\d)\.(\d)$/.exec(text);
    return parts === null ? undefined : { label: Number(parts[1]), read: Number(parts[2]) };
  },
  print: (chosen) => (chosen === undefined ? "" : `${chosen.label}.${chosen.read}`),
});

/** Digits of the program's own that are read. */
const DRAWN = 500;
/** Tiles that are shown at once. */
const SHOWN = 100;
/** Rows of the handout's table. */
const ROWS = 4;

function Headline() {
  return <>What does it answer, and how sure is it?</>;
}

function Question() {
  return (
    <p>
      The last layer gives ten <b>probabilities</b> that sum to 1. The answer is the largest. A test digit’s truth is
      written in the same way, <b>one-hot</b>: a 1 at the true class, and nine zeros.
    </p>
  );
}

function Task() {
  return (
    <p>
      Draw a small 7 in a corner of the pad. Then switch the two steps off, one after the other, and see whether the
      network still reads it.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that MNIST’s digits were all fitted into the same box and centred. A network that has seen nothing else depends on
      it: the shift map shows how far. Notice also which pairs it confuses; you would, too.
    </>
  );
}

function Instrument() {
  return (
    <div class="predict">
      <HandoutTable />
      <TestDigits />
      <Drawing />
    </div>
  );
}

function HandoutTable() {
  const answer = useAnswer((signal) => {
    const [digits, at] = [samples.value, anyWeightsAt.value];
    if (network.value === undefined || digits === undefined) return undefined;
    return engine.call("predict", { images: digits.images.slice(0, ROWS * 784), at }, { signal });
  });
  const { value, failure } = answer.value;
  const labels = samples.value?.labels.subarray(0, ROWS);
  if (value === undefined || labels === undefined) return <p class="soft">{failure ?? "Waiting for the network."}</p>;
  const readings = readingsOf(labels, value.probabilities);
  return (
    <Figure
      title="The first four test digits: probabilities, and the truth below them"
      name="predictions"
      hasPicture={false}
      failure={failure}
      data={() => [...value.probabilities].join("\n")}
      caption={`Read: ${readings.map(({ read }) => read).join(" ")}. True: ${[...labels].join(" ")}.`}
    >
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section class="scrolls" tabIndex={0} aria-label="Probabilities of the first four test digits">
        <table class="numbers predict-table">
          <thead>
            <tr>
              <th scope="col">digit</th>
              {Array.from({ length: 10 }, (_, c) => (
                <th key={c} scope="col">
                  {c}
                </th>
              ))}
              <th scope="col">sum</th>
            </tr>
          </thead>
          {readings.map(({ index, label, read }) => {
            const row = value.probabilities.subarray(10 * index, 10 * index + 10);
            return (
              <tbody key={index}>
                <tr>
                  <th scope="row">{index}, read</th>
                  {Array.from(row, (p, c) => (
                    <td key={c} class={c === read ? "is-best" : undefined}>
                      {p.toFixed(4)}
                    </td>
                  ))}
                  <td>{row.reduce((a, b) => a + b, 0).toFixed(4)}</td>
                </tr>
                <tr class="predict-truth">
                  <th scope="row">true</th>
                  {Array.from(row, (_, c) => (
                    <td key={c}>{c === label ? 1 : 0}</td>
                  ))}
                  <td>1</td>
                </tr>
              </tbody>
            );
          })}
        </table>
      </section>
    </Figure>
  );
}

function TestDigits() {
  const drawn = useAnswer(() =>
    digitSet.value === "mnist"
      ? undefined
      : (engine.call("task", {
          station: "predict",
          task: "drawDigits",
          input: { count: DRAWN },
        }) as Promise<DrawnDigits>),
  );
  const pickedDrawn = useSignal(-1);
  const digits = useComputed(() => (digitSet.value === "mnist" ? samples.value : drawn.value.value));
  const answer = useAnswer((signal) => {
    const [set, at] = [digits.value, anyWeightsAt.value];
    if (network.value === undefined || set === undefined) return undefined;
    return engine
      .call("predict", { images: set.images.slice(), at }, { signal })
      .then(({ probabilities }) => ({ set, readings: readingsOf(set.labels, probabilities) }));
  });
  const readings = answer.value.value?.readings ?? [];
  const images = answer.value.value?.set.images;
  const shown = chosen(readings, filter.value, cell.value);
  const right = readings.filter(({ label, read }) => label === read).length;
  const picked = digitSet.value === "mnist" ? sample.value : pickedDrawn.value;
  const mistaken = readings.find(({ index, label, read }) => index === picked && label !== read);
  return (
    <>
      <div class="predict-row">
        <Choice<SetName>
          label="digits"
          value={digitSet.value}
          options={[
            ["mnist", setTitle()],
            ["drawn", `${DRAWN} drawn by this program`],
          ]}
          onChange={(name) => {
            cell.value = undefined;
            digitSet.value = name;
          }}
        />
        <Choice<FilterName>
          label="show"
          value={filter.value}
          options={filterNames.map((name) => [name, filterTitles[name]])}
          onChange={(name) => {
            filter.value = name;
          }}
        />
      </div>
      <div class="predict-pair" aria-busy={answer.value.isPending}>
        <Figure
          title={`${shown.length} ${cell.value === undefined ? "digits" : `digits: ${cell.value.label} read as ${cell.value.read}`}`}
          name="digits"
          failure={answer.value.failure ?? drawn.value.failure}
          caption={`${right} of ${readings.length} are read rightly.${digitSet.value === "mnist" ? " A digit that you select is selected in all stations." : ""}`}
        >
          {images !== undefined && (
            <Tiles
              readings={shown.slice(0, SHOWN)}
              imageAt={(index) => images.subarray(784 * index, 784 * index + 784)}
              selected={picked}
              onSelect={(index) => {
                if (digitSet.value === "mnist") sample.value = index;
                else pickedDrawn.value = index;
              }}
            />
          )}
        </Figure>
        <Matrix
          counts={countPairs(readings)}
          selected={cell.value}
          onSelect={(next) => {
            cell.value = next;
            filter.value = "all";
          }}
        />
      </div>
      {mistaken !== undefined ? (
        <MistakeLoop reading={mistaken} set={answer.value.value!.set} />
      ) : (
        <p class="soft">
          Select a digit that is read wrongly (✗): you see what speaks for the wrong answer, and can teach it.
        </p>
      )}
    </>
  );
}

function Maths() {
  return (
    <p>
      <code>softmax(z)ᵢ = exp(zᵢ) ⁄ Σ exp(zⱼ)</code>: whatever the ten sums are, the shares are positive and sum to 1. A
      large share is no promise: an empty or odd picture gets ten shares, too.
    </p>
  );
}

function Code() {
  return (
    <pre>
      <code>{`const probabilities = await model.predict(test.images.slice(0, 4));
probabilities.argMax().data; // 7 2 1 0
toCategorical(test.labels.slice(0, 4), 10).toArray();`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
