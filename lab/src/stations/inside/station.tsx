/** Station 9: everything that the network computes and keeps, to look at and to change. */
import { useComputed, useSignalEffect } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Bars } from "../../parts/bars.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Notice as NoticeBox } from "../../parts/notice.tsx";
import { SampleSlider } from "../../parts/sample-slider.tsx";
import { Segments } from "../../parts/segments.tsx";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { channel, layer, sample, select } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { Embedding } from "./embedding.tsx";
import { Filters } from "./filters.tsx";
import { KernelEditor } from "./kernel-editor.tsx";
import { LayerPicture, mapsOf } from "./layer-maps.tsx";
import { Liking } from "./liking.tsx";
import { ask, edit, filter, range, sort } from "./signals.ts";
import { type RangeName, rangeNames, type SortName, sortNames } from "./state.ts";
import type { LookOutput } from "./tasks.ts";
import "./inside.css";

const sortTitles: Readonly<Record<SortName, string>> = { activation: "strongest first", channel: "by number" };
const rangeTitles: Readonly<Record<RangeName, string>> = {
  own: "its own",
  layer: "the layer's",
  network: "all layers'",
};

function Headline() {
  return <>Nothing in it is hidden</>;
}

function Question() {
  return (
    <p>
      A network is numbers: <b>kernels</b>, which training has found, and <b>maps</b>, which they make of a digit. What
      does a single one of them do?
    </p>
  );
}

function Task() {
  return (
    <p>
      Press a map and see which digits it likes. Then take a kernel of the first layer, set it to zero or turn its
      signs, and count how many digits are still read right.
    </p>
  );
}

function Noticed() {
  return (
    <>
      how little one kernel of 64 matters to the answer, and how the maps of the second layer change with it all the
      same. In the plane of the features, equal digits lie together, though nobody told the network where.
    </>
  );
}

function Instrument() {
  const image = useComputed(() => samples.value && imageOf(samples.value, sample.value));
  useSignalEffect(() => {
    if (layer.value === "conv2d" && channel.value < 64) filter.value = channel.value;
  });
  const looked = useAnswer((signal) => ask<LookOutput>("look", { image: image.value, edit: edit.value }, signal));
  const weights = useAnswer((signal) =>
    network.value === undefined ? undefined : engine.call("weights", { at: weightsAt.value }, { signal }),
  );
  const { value, failure, isPending } = looked.value;
  const all = weights.value.value?.weights;
  const maps = useMemo(() => value?.layers.filter(({ shape }) => shape.length === 3).map(mapsOf) ?? [], [value]);
  const problem = failure ?? weights.value.failure;
  return (
    <div class="inside" aria-busy={isPending}>
      {problem !== undefined && <NoticeBox kind="error">{problem}</NoticeBox>}
      <div class="inside-controls">
        <SampleSlider />
        <Segments
          label="Order of maps"
          options={sortNames}
          value={sort.value}
          nameOf={(name) => sortTitles[name]}
          onChange={(name) => {
            sort.value = name;
          }}
        />
        <Segments
          label="Colours by the range that is"
          options={rangeNames}
          value={range.value}
          nameOf={(name) => rangeTitles[name]}
          onChange={(name) => {
            range.value = name;
          }}
        />
      </div>
      <div class="inside-layers">
        {value?.layers.slice(0, -1).map((each) => (
          <LayerPicture key={each.name} layer={each} all={maps} />
        ))}
        {value !== undefined && (
          <Figure
            kind="Dense"
            title="ten probabilities"
            name="inside-dense"
            data={() => Array.from(value.probabilities).join("\n")}
          >
            <Bars
              values={value.probabilities}
              label="Probability of each digit; press one to see what it likes"
              onSelect={(index) => select({ layer: "dense", channel: index, y: 0, x: 0 })}
            />
          </Figure>
        )}
      </div>
      <Liking />
      {all !== undefined && <Filters weights={all} />}
      {all !== undefined && value !== undefined && <KernelEditor kernel={all[0]!} look={value} />}
      <Embedding />
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        A map of the first layer is <code>max(0, b + Σ w · x)</code> with the nine weights <code>w</code> of its kernel.
        What a unit likes is the mean of its map; the image is made by climbing the gradient of that mean by the pixels
        (Erhan et al. 2009), kept between 0 and 1.
      </p>
      <p>
        The plane is that of the two <b>principal components</b>: the directions in which the 18,432 features of the
        test digits differ the most (Pearson 1901, Hotelling 1933).
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { featureMaps, idealInput, principalComponents } from "fovea/insight";

const { conv2d, flatten } = await featureMaps(model, digits);
const { image } = await idealInput(model, { layer: "conv2d_1", channel: 28 });
const { coordinates } = principalComponents(flatten);
const [kernel, bias] = model.getLayer("conv2d").getWeights();`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
