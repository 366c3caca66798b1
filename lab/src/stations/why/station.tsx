/** Station 10: six explanations of one answer, and what becomes of them when the network forgets. */
import { useComputed } from "@preact/signals";
import { useId, useMemo } from "preact/hooks";
import { Bars, barsSvg } from "../../parts/bars.tsx";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { SampleSlider } from "../../parts/sample-slider.tsx";
import { Slider } from "../../parts/slider.tsx";
import { oneOf, wholeNumber } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { address, classIndex, sample, sampleName } from "../../state/selection.ts";
import type { Station } from "../station.ts";
import { captionOf, type ForgetName, forgetNames, type MethodName, methodNames, methods } from "./state.ts";
import type { ExplainInput, ExplainOutput } from "./tasks.ts";
import "./why.css";

const patch = address.signal("why.patch", 5, wholeNumber(1, 9));
const forget = address.signal<ForgetName>("why.forget", "none", oneOf(forgetNames));

const forgetTitles: Readonly<Record<ForgetName, string>> = {
  none: "Nothing",
  dense: "Dense",
  conv2d_1: "The second convolution",
  conv2d: "The first convolution",
};

function Headline() {
  return <>Which pixels made it say so?</>;
}

function Question() {
  return (
    <p>
      An <b>attribution</b> gives every pixel a share in the answer. There are many ways to share out, and they do not
      agree: here are six of them for the same digit and the same class.
    </p>
  );
}

function Task() {
  return (
    <p>
      Choose another class among the bars and see what speaks for it. Then make a layer forget: a map that stays as it
      was shows you the digit, not the network.
    </p>
  );
}

function Noticed() {
  return (
    <>
      that the empty pixels matter, too: for a 7, the missing stroke on the left speaks against a 9. Notice also how
      little “gradient × input” changes when Dense forgets, because the ink of the digit is in it.
    </>
  );
}

function Instrument() {
  const image = useComputed(() => samples.value && imageOf(samples.value, sample.value));
  const answer = useAnswer((signal) => {
    const [pixels, at] = [image.value, weightsAt.value];
    if (network.value === undefined || pixels === undefined) return undefined;
    return engine.call("predict", { images: pixels.slice(), at }, { signal });
  });
  const probabilities = answer.value.value?.probabilities;
  const maps = useMemo(
    (): Maps => ({ data: image.value ?? new Float32Array(784), height: 28, width: 28, channels: 1 }),
    [image.value],
  );
  return (
    <div class="why">
      <div class="why-grid">
        {methodNames.map((method) => (
          <Explanation key={method} method={method} />
        ))}
      </div>
      <div class="why-controls">
        <Figure title="The digit" name="why-digit" data={() => Array.from(maps.data).join("\n")}>
          <Pixels maps={maps} label={sampleName(sample.value)} noun="digit" range={{ low: 0, high: 1 }} colours="ink" />
        </Figure>
        <Figure
          title="The class that is explained"
          name="why-probabilities"
          {...(probabilities && { svg: () => barsSvg("The class that is explained", probabilities) })}
          failure={answer.value.failure}
          data={() => [...(probabilities ?? [])].join("\n")}
        >
          {probabilities !== undefined && (
            <Bars
              values={probabilities}
              label="Probability of each digit; press a digit to explain it"
              marked={classIndex.value >= 0 ? classIndex.value : probabilities.indexOf(Math.max(...probabilities))}
              onSelect={(index) => {
                classIndex.value = index;
              }}
            />
          )}
          <button
            type="button"
            disabled={classIndex.value < 0}
            onClick={() => {
              classIndex.value = -1;
            }}
          >
            Explain what the network takes
          </button>
        </Figure>
        <div>
          <Forget />
          <Slider
            label="Patch of the occlusion"
            unit="px"
            value={patch.value}
            min={1}
            max={9}
            onChange={(value) => {
              patch.value = value;
            }}
          />
          <SampleSlider />
        </div>
      </div>
    </div>
  );
}

function Forget() {
  const name = useId();
  return (
    <fieldset class="why-forget">
      <legend>What the network forgets</legend>
      {forgetNames.map((layer) => (
        <label key={layer}>
          <input
            type="radio"
            name={name}
            checked={forget.value === layer}
            onChange={() => {
              forget.value = layer;
            }}
          />
          {forgetTitles[layer]}
        </label>
      ))}
    </fieldset>
  );
}

function Explanation({ method }: { readonly method: MethodName }) {
  const { title, unit } = methods[method];
  const answer = useAnswer((signal) => {
    const [digits, at] = [samples.value, weightsAt.value];
    const input: Omit<ExplainInput, "image"> = {
      at,
      method,
      classIndex: classIndex.value,
      // Other methods need not ask again for another patch.
      patch: method === "occlusion" ? patch.value : 1,
      forget: forget.value,
    };
    if (network.value === undefined || digits === undefined) return undefined;
    const image = imageOf(digits, sample.value).slice();
    return engine.call("task", { station: "why", task: "explain", input: { ...input, image } }, { signal }) as Promise<
      ExplainOutput | undefined
    >;
  });
  const { value, failure, isPending } = answer.value;
  const maps = useMemo(
    (): Maps => ({
      data: value?.data ?? new Float32Array(784),
      height: value?.height ?? 28,
      width: value?.width ?? 28,
      channels: 1,
    }),
    [value],
  );
  const range = useMemo(() => rangeOf(maps), [maps]);
  return (
    <div aria-busy={isPending} data-method={method} class={isPending ? "is-pending" : undefined}>
      <Figure
        title={value === undefined ? title : `${title}, for ${value.classIndex}`}
        name={`why-${method}`}
        failure={failure}
        data={() => Array.from(maps.data).join("\n")}
        caption={captionOf(method, value?.data, value?.likeness)}
      >
        <Pixels maps={maps} label={`${title}: what each place means to the class`} noun="place" range={range}>
          <RangeBar range={range} unit={unit} />
        </Pixels>
      </Figure>
    </div>
  );
}

function Maths() {
  return (
    <>
      <p>
        The score <code>s</code> of a class is its sum before the softmax. <b>Gradient</b>: <code>∂s/∂x</code>{" "}
        (Simonyan, Vedaldi and Zisserman 2013); <b>SmoothGrad</b>: its mean over 25 copies with normal noise of 15 % of
        the range (Smilkov 2017). <b>Occlusion</b>: <code>p(x) − p(x with a patch)</code> (Zeiler and Fergus 2013).{" "}
        <b>Grad-CAM</b>: <code>relu(Σ α·A)</code> with <code>α</code> the mean of <code>∂s/∂A</code> over a map A
        (Selvaraju 2017). <b>HiRes-CAM</b>: <code>relu(Σ ∂s/∂A · A)</code> (Draelos and Carin 2020).
      </p>
      <p>
        The test by forgetting is that of Adebayo 2018: the values of a layer's weights are shuffled. Likeness is
        Spearman's rank correlation between the two maps.
      </p>
    </>
  );
}

function Code() {
  return (
    <pre>
      <code>{`import { gradCam, occlusion, randomizeLayer, saliency } from "fovea/insight";

const { maps } = await saliency(model, digit, { classIndex: 7, method: "smooth_grad" });
const { maps: falls } = await occlusion(model, digit, { size: 5 });
const restore = randomizeLayer(model, "dense");
const { maps: forgotten } = await gradCam(model, digit, { classIndex: 7 });
restore();`}</code>
    </pre>
  );
}

export const station: Station = { Headline, Question, Task, Notice: Noticed, Instrument, Maths, Code };
