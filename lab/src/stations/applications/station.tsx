/** Station 11: the network slid over a page finds digits and colours them, and where else this is done. */
import { useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { duration, grouped } from "../../base/numbers.ts";
import { stream } from "../../engine/shuffle.ts";
import { Choice } from "../../parts/choice.tsx";
import { Figure } from "../../parts/figure.tsx";
import type { Maps } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { SampleSlider } from "../../parts/sample-slider.tsx";
import { Slider } from "../../parts/slider.tsx";
import { wholeNumber, yesOrNo } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, run, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { address, classIndex, sample } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { hundredths } from "./hundredths.ts";
import { DigitPage } from "./page.tsx";
import { PixelClasses } from "./pixel-classes.tsx";
import {
  CLASSES,
  classesOfPixels,
  countPixels,
  DIGIT,
  drawPage,
  emptyAnswer,
  freePlace,
  judge,
  LAST,
  MOST,
  type Placed,
  pageCodec,
  placeDigits,
  uses,
} from "./state.ts";
import type { LookInput, LookOutput } from "./tasks.ts";
import { Trained } from "./trained-view.tsx";
import "./applications.css";

const SAMPLES = 100;
const WINDOWS = grouped((LAST + 1) ** 2);
const NEW_PAGE = 4;
const pageOf = (seed: number) => placeDigits(stream(seed), NEW_PAGE, SAMPLES);

const seed = address.signal("applications.seed", 1, wholeNumber(1, 999_999));
/** What the visitor moved; undefined while the page is that of the seed. */
const edited = address.signal<readonly Placed[] | undefined>("applications.page", undefined, {
  parse: pageCodec.parse,
  print: (placed) => pageCodec.print(placed ?? []),
});
const threshold = address.signal("applications.threshold", 0.9, hundredths);
const overlap = address.signal("applications.overlap", 0.2, hundredths);
const ink = address.signal("applications.ink", 0, hundredths);
const onlyCentred = address.signal("applications.centred", false, yesOrNo);

function Headline() {
  return <>One network, a whole page</>;
}

function Question() {
  return (
    <p>
      The network was taught 28 × 28 pixels with one digit in the middle. <b>Convolution shares its weights</b>, so the
      same numbers can slide over a larger picture: the page holds {WINDOWS} windows, and each gets ten probabilities.
    </p>
  );
}

function Task() {
  return (
    <p>
      Drag the digits about, or move them by the arrow keys. Then ask <i>only windows with centred ink</i>, as all
      digits that the network learned from were, and see which boxes go.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that the network has no word for “none of them”. Its ten probabilities always add up to one, so half a digit and a
      gap between two get a class as well, often for certain. A detector is taught a further class for the background.
    </>
  );
}

function Instrument() {
  const digits = samples.value;
  const placed = useComputed(() => {
    const count = samples.value?.count ?? 0;
    return (edited.value ?? pageOf(seed.value)).filter((each) => each.sample < count);
  });
  const page = useComputed(() => {
    const read = samples.value;
    return read && drawPage(placed.value, (at) => imageOf(read, at));
  });
  const marked = useSignal<number | undefined>(undefined);
  const answer = useAnswer((signal) => {
    const [pixels, at] = [page.value, weightsAt.value];
    const input: Omit<LookInput, "page"> = {
      at,
      run: run.value?.run ?? 0,
      threshold: threshold.value,
      overlap: overlap.value,
      ink: ink.value,
      onlyCentred: onlyCentred.value,
    };
    if (network.value === undefined || pixels === undefined) return undefined;
    return engine.call(
      "task",
      { station: "applications", task: "look", input: { ...input, page: pixels } },
      { signal },
    ) as Promise<LookOutput>;
  });
  const { value: output, failure, isPending } = answer.value;
  // What is computed belongs to the page that was asked about, not to where a digit has been dragged since.
  const { verdicts, classes, counted } = useMemo(() => {
    const [read, pixels] = [samples.peek(), page.peek()];
    if (output === undefined || read === undefined || pixels === undefined) return { verdicts: [] };
    const colours = classesOfPixels(pixels, { ...output, ink: output.counted }, threshold.peek(), ink.peek());
    return {
      verdicts: judge(output.found, placed.peek(), read.labels),
      classes: colours,
      counted: countPixels(colours, placed.peek(), (at) => imageOf(read, at), read.labels),
    };
  }, [output]);
  if (digits === undefined || page.value === undefined) return <p class="soft">The digits are being read.</p>;
  const { labels } = digits;
  const found = output?.found ?? [];
  return (
    <div class="ap" aria-busy={isPending}>
      <div class="ap-figures">
        <Figure
          title="The page: drag the digits"
          name="page"
          failure={failure}
          data={() => Array.from(page.value ?? []).join("\n")}
          caption={summaryOf(verdicts, placed.value.length, output?.ms)}
        >
          <DigitPage
            page={page.value}
            placed={placed.value}
            labels={labels}
            found={found}
            verdicts={verdicts}
            marked={marked}
            onChange={(next) => {
              edited.value = next;
            }}
          />
        </Figure>
        <ClassMap output={output} best={found[0]?.classIndex} />
        <PixelClasses classes={classes} counted={counted} />
      </div>
      <div class="ap-controls">
        <PageTools placed={placed.value} />
        <div>
          <Slider
            label="Least score of a box"
            value={threshold.value}
            min={0}
            max={1}
            step={0.01}
            onChange={(value) => {
              threshold.value = value;
            }}
          />
          <Slider
            label="Most overlap of two boxes"
            value={overlap.value}
            min={0}
            max={1}
            step={0.01}
            onChange={(value) => {
              overlap.value = value;
            }}
          />
          <Slider
            label="Least ink of a box, mean grey"
            value={ink.value}
            min={0}
            max={0.3}
            step={0.01}
            onChange={(value) => {
              ink.value = value;
            }}
          />
          <label class="ap-check">
            <input
              type="checkbox"
              checked={onlyCentred.value}
              onChange={({ currentTarget }) => {
                onlyCentred.value = currentTarget.checked;
              }}
            />
            Only windows with centred ink
          </label>
          {output !== undefined && <EmptyPaper output={output} />}
        </div>
      </div>
      <Boxes {...{ found, verdicts, marked }} />
      <Trained />
      <Uses />
    </div>
  );
}

/** "5 of 5 digits found, 3 false alarms. 3,249 windows in 210 ms." */
function summaryOf(verdicts: readonly string[], digits: number, ms: number | undefined): string {
  if (ms === undefined) return "The network is sliding over the page.";
  const number = (verdict: string) => verdicts.filter((each) => each === verdict).length;
  const others = verdicts.length - number("right");
  return `${number("right")} of ${digits} digits found with the right class; ${others} other boxes, ${number("false alarm")} of them near no digit. ${WINDOWS} windows in ${duration(ms)}.`;
}

function ClassMap({ output, best }: { readonly output: LookOutput | undefined; readonly best: number | undefined }) {
  const shown = classIndex.value >= 0 ? classIndex.value : (best ?? 0);
  const maps = useMemo((): Maps => {
    const side = LAST + 1;
    return {
      data: output?.scores ?? new Float32Array(side * side * CLASSES),
      height: side,
      width: side,
      channels: CLASSES,
    };
  }, [output]);
  const order = useMemo(() => [shown], [shown]);
  return (
    <Figure
      title={`Where a ${shown} is: detection`}
      name={`page-class-${shown}`}
      data={() => Array.from({ length: maps.height * maps.width }, (_, i) => maps.data[i * CLASSES + shown]).join("\n")}
      caption={`Each cell is the answer about the ${DIGIT} × ${DIGIT} pixels to its right and below it.`}
    >
      <Pixels
        maps={maps}
        order={order}
        label={`Probability of class ${shown} for each window of the page`}
        noun="class"
        range={{ low: 0, high: 1 }}
      >
        <RangeBar range={{ low: 0, high: 1 }} unit={`probability of ${shown}`} />
      </Pixels>
      <Choice
        label="Class"
        value={String(shown)}
        options={Array.from({ length: CLASSES }, (_, k) => [String(k), `digit ${k}`] as const)}
        onChange={(value) => {
          classIndex.value = Number(value);
        }}
      />
    </Figure>
  );
}

function PageTools({ placed }: { readonly placed: readonly Placed[] }) {
  return (
    <div class="ap-tools">
      <div class="ap-buttons">
        <button
          type="button"
          onClick={() => {
            edited.value = undefined;
            seed.value = seed.value + 1;
          }}
        >
          New page
        </button>
        <button
          type="button"
          disabled={placed.length >= MOST}
          onClick={() => {
            edited.value = [...placed, { sample: sample.value, ...freePlace(placed) }];
          }}
        >
          Add test digit {sample.value}
        </button>
        <button
          type="button"
          disabled={placed.length === 0}
          onClick={() => {
            edited.value = [];
          }}
        >
          Empty the page
        </button>
      </div>
      <SampleSlider />
      <p class="soft">
        {edited.value === undefined ? `Page ${seed.value}. ` : ""}A focused digit moves by the arrow keys, by four
        pixels with Shift; Delete takes it away. At most {MOST} digits.
      </p>
    </div>
  );
}

function EmptyPaper({ output }: { readonly output: LookOutput }) {
  const empty = emptyAnswer(output);
  return (
    <p class="soft">
      {empty === undefined
        ? "No window of this page is empty. Empty the page to see what the network says about paper."
        : `About a window of empty paper the network says: ${empty.classIndex}, with probability ${empty.score.toFixed(3)}; a mere guess has 0.100. It was never shown one.`}
    </p>
  );
}

type BoxesProps = Pick<Parameters<typeof DigitPage>[0], "found" | "verdicts" | "marked">;

function Boxes({ found, verdicts, marked }: BoxesProps) {
  if (found.length === 0) return <p class="soft">No box reaches the least score.</p>;
  return (
    <div class="scrolls">
      <table class="numbers ap-boxes">
        <caption>The boxes that are left, the best first</caption>
        <thead>
          <tr>
            <th scope="col">box</th>
            <th scope="col">class</th>
            <th scope="col">score</th>
            <th scope="col">row</th>
            <th scope="col">column</th>
            <th scope="col">verdict</th>
          </tr>
        </thead>
        <tbody>
          {found.map(({ top, left, classIndex: taken, score }, i) => (
            <tr
              key={`${top} ${left}`}
              class={marked.value === i ? "is-marked" : undefined}
              onPointerEnter={() => {
                marked.value = i;
              }}
              onPointerLeave={() => {
                marked.value = undefined;
              }}
            >
              <th scope="row">{i + 1}</th>
              <td>{taken}</td>
              <td>{score.toFixed(4)}</td>
              <td>{top}</td>
              <td>{left}</td>
              <td>{verdicts[i]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Uses() {
  return (
    <table class="ap-uses">
      <caption>The same idea elsewhere: a small kernel slides over a grid of measurements</caption>
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col">the grid</th>
          <th scope="col">what comes out</th>
        </tr>
      </thead>
      <tbody>
        {uses.map(({ field, grid, answer }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            <td>{grid}</td>
            <td>{answer}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Maths() {
  return (
    <>
      <p>
        Dense after Flatten is a sum over 24 × 24 × 32 numbers. Written as a convolution with a kernel of 24 × 24, it
        gives that sum for every window at once, and neighbours share the maps before it (Sermanet et al. 2013).
      </p>
      <p>
        <b>Non-maximum suppression</b> takes the window with the highest score, drops all whose{" "}
        <code>intersection / union</code> with it exceeds the most overlap, and goes on with what is left. For the
        pixels, each window votes with <code>score · ink</code> for the middle 20 × 20 pixels.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { findDigits, slideOverPage } from "fovea/insight";

const map = await slideOverPage(model, page); // page: [84, 84, 1]
map.scores.shape;                             // [57, 57, 10]
const boxes = findDigits(map, { threshold: ${threshold.value}, overlap: ${overlap.value}, ink: ${ink.value} });`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
