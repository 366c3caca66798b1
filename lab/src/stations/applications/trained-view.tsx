/** Three networks that were trained for it: detection, segmentation and search, with the weights of fovea's programs. */
import { pictureGrid } from "fovea/plot";
import programs from "../../../assets/programs.json" with { type: "json" };
import { count, duration, grouped } from "../../base/numbers.ts";
import { Chart } from "../../parts/chart.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Segments } from "../../parts/segments.tsx";
import { Slider } from "../../parts/slider.tsx";
import { oneOf, wholeNumber } from "../../state/address.ts";
import { type Answer, useAnswer } from "../../state/answer.ts";
import { engine, network } from "../../state/engine.ts";
import { address, shownTheme } from "../../state/selection.ts";
import { hundredths } from "./hundredths.ts";
import type { DetectOutput, SceneInput, SearchOutput, SegmentOutput } from "./programs.ts";
import {
  answerPictures,
  boxPictures,
  galleryPictures,
  maskColour,
  maskNames,
  maskPictures,
  nearestTo,
  type ProgramName,
  programNames,
  rightShare,
} from "./trained.ts";

interface Facts {
  readonly parameters: number;
  readonly figures: Readonly<Record<string, number>>;
}
const facts: Readonly<Record<ProgramName, Facts>> = programs;

const program = address.signal<ProgramName>("applications.program", "detection", oneOf(programNames));
const scenes = address.signal("applications.scenes", 1, wholeNumber(1, 999_999));
const leastScore = address.signal("applications.score", 0.35, hundredths);
const asked = address.signal("applications.asked", 0, wholeNumber(0, 95));

/** A picture is at least about so wide, in CSS pixels. */
const NARROW = 600;

const titles: Readonly<Record<ProgramName, string>> = {
  detection: "Detection: where digits are",
  segmentation: "Segmentation: what each pixel belongs to",
  search: "Search: what looks alike",
};

const files: Readonly<Record<ProgramName, () => URL>> = {
  detection: () => new URL("../../../assets/detection.q8", import.meta.url),
  segmentation: () => new URL("../../../assets/segmentation.q8", import.meta.url),
  search: () => new URL("../../../assets/search.q8", import.meta.url),
};

const weights = new Map<ProgramName, Promise<ArrayBuffer>>();

/** The file of a program's weights, read when it is asked for the first time. */
function readWeights(name: ProgramName): Promise<ArrayBuffer> {
  const known = weights.get(name);
  if (known !== undefined) return known;
  const read = fetch(files[name]()).then((response) => {
    if (!response.ok) throw new Error(`The weights of ${name} could not be read: ${response.status}.`);
    return response.arrayBuffer();
  });
  weights.set(name, read);
  // What failed is asked for again.
  read.catch(() => weights.delete(name));
  return read;
}

/** What a program's network says of the scenes of the seed; undefined for another program than the chosen one. */
function useProgram<T>(name: ProgramName, task: string): Answer<T> {
  return useAnswer((signal) => {
    const [seed, isAsked] = [scenes.value, program.value === name && network.value !== undefined];
    if (!isAsked) return undefined;
    return readWeights(name).then((bytes) => {
      // The engine takes what it is given.
      const input: SceneInput = { weights: bytes.slice(0), seed };
      return engine.call("task", { station: "applications", task, input }, { signal }) as Promise<T>;
    });
  }).value;
}

export function Trained() {
  const name = program.value;
  const { parameters, figures } = facts[name];
  return (
    <section class="ap-trained" aria-label="Networks that were trained for it">
      <h3>Taught to find</h3>
      <p>
        These three networks learned their task itself, from scenes that a program drew: they have a word for the
        background, see objects of any size, and look once. None of the scenes here was among them.
      </p>
      <div class="ap-buttons">
        <Segments
          label="Task"
          options={programNames}
          value={name}
          onChange={(value) => {
            program.value = value;
          }}
        />
        <button
          type="button"
          onClick={() => {
            scenes.value = scenes.value + 1;
            asked.value = 0;
          }}
        >
          New scenes
        </button>
      </div>
      {name === "detection" ? <Detection /> : name === "segmentation" ? <Segmentation /> : <Search />}
      <p class="soft">
        {grouped(parameters)} weights, trained by <code>npx fovea example {name}</code>; on its test scenes:{" "}
        {Object.entries(figures)
          .map(([figure, value]) => `${figure} ${value.toFixed(3)}`)
          .join(", ")}
        . Scenes {scenes.value}.
      </p>
    </section>
  );
}

/** Why there is nothing to see, or that it is on its way. */
function Waiting({ failure }: { readonly failure: string | undefined }) {
  return failure === undefined ? (
    <p class="soft" aria-busy="true">
      The weights are being read.
    </p>
  ) : (
    <Notice kind="error">{failure}</Notice>
  );
}

function Detection() {
  const { value, failure } = useProgram<DetectOutput>("detection", "detect");
  if (value === undefined) return <Waiting failure={failure} />;
  const { pictures, counted } = boxPictures(value, leastScore.value);
  return (
    <>
      <Chart
        title={titles.detection}
        name="detection"
        inputs={[value, leastScore.value]}
        draw={({ width, theme }) => pictureGrid({ pictures, columns: width < NARROW ? 2 : 3, width, theme })}
      />
      <p>
        {counted.right} found, {count(counted.wrong, "box", "boxes")} of something else, {counted.missed} missed
        (dashed). {count(value.found.length, "scene")} in {duration(value.ms)}.
      </p>
      <Slider
        label="Least score"
        value={leastScore.value}
        min={0.05}
        max={1}
        step={0.01}
        onChange={(score) => {
          leastScore.value = score;
        }}
      />
    </>
  );
}

function Segmentation() {
  const { value, failure } = useProgram<SegmentOutput>("segmentation", "segment");
  if (value === undefined) return <Waiting failure={failure} />;
  const theme = shownTheme.value;
  const share = rightShare(value.truth, value.found);
  return (
    <>
      <Chart
        title={titles.segmentation}
        name="segmentation"
        inputs={[value]}
        draw={({ width, theme }) =>
          pictureGrid({ pictures: maskPictures(value, theme), columns: width < NARROW ? 3 : 9, width, theme })
        }
      />
      <ul class="ap-legend ap-classes">
        {maskNames.map((each, label) => (
          <li key={each}>
            <span class="ap-swatch" style={{ backgroundColor: maskColour(label, theme) }} aria-hidden="true">
              {"\u00a0"}
            </span>
            {each}
          </li>
        ))}
      </ul>
      <p>
        {(100 * share).toFixed(1)} % of the pixels have the class of what they belong to, in {duration(value.ms)}.
        Discs, squares and triangles have colours of the same range as the ground: a pixel alone does not know.
      </p>
    </>
  );
}

function Search() {
  const { value, failure } = useProgram<SearchOutput>("search", "embed");
  if (value === undefined) return <Waiting failure={failure} />;
  const row = asked.value;
  const same = nearestTo(value, row).filter(({ row: other }) => value.labels[other] === value.labels[row]).length;
  return (
    <>
      <Chart
        title={titles.search}
        name="search"
        inputs={[value, row]}
        draw={({ width, theme }) =>
          pictureGrid({ pictures: answerPictures(value, row), columns: width < NARROW ? 4 : 8, width, theme })
        }
      />
      <p>
        {same} of the seven nearest show the same sign (framed); below each stands the cosine of the two points. The
        network was never shown one of these signs: it learned what makes two pictures the same sign.
      </p>
      <Chart
        title="Press a picture to ask for it"
        name="gallery"
        inputs={[value, row]}
        draw={({ width, theme }) =>
          pictureGrid({ pictures: galleryPictures(value, row), columns: width < NARROW ? 8 : 24, width, theme })
        }
        onSelect={(key) => {
          asked.value = Number(key);
        }}
      />
      <Slider
        label="Picture that is asked for"
        value={row}
        min={0}
        max={value.labels.length - 1}
        onChange={(picture) => {
          asked.value = picture;
        }}
      />
    </>
  );
}
