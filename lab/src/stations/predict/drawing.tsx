/** What the network sees of a drawing, step by step, and what it reads. */
import { useComputed } from "@preact/signals";
import { toInput } from "../../base/drawing.ts";
import { Bars, barsSvg } from "../../parts/bars.tsx";
import { Digit } from "../../parts/digit.tsx";
import { DrawingPad } from "../../parts/drawing-pad.tsx";
import { Figure } from "../../parts/figure.tsx";
import { JoinDigits } from "../../parts/join-digits.tsx";
import { yesOrNo } from "../../state/address.ts";
import { useAnswer } from "../../state/answer.ts";
import { ink } from "../../state/drawing.ts";
import { anyWeightsAt, engine, network } from "../../state/engine.ts";
import { address } from "../../state/selection.ts";
import { ShiftTable } from "./shift-table.tsx";
import { readingsOf } from "./state.ts";

const fits = address.signal("predict.fits", true, yesOrNo);
const centres = address.signal("predict.centres", true, yesOrNo);

export function Drawing() {
  /** As drawn, fitted, and fitted and centred: what the switches leave of them. */
  const stages = useComputed(() => {
    const [f, c] = [fits.value, centres.value];
    const asked = [
      { fits: false, centres: false },
      { fits: f, centres: false },
      { fits: f, centres: c },
    ];
    return asked.flatMap((steps) => toInput(ink.value, steps) ?? []);
  });
  const answer = useAnswer((signal) => {
    const [images, at] = [stages.value, anyWeightsAt.value];
    if (network.value === undefined) return undefined;
    if (images.length === 0) return Promise.resolve(undefined);
    const all = new Float32Array(images.length * 784);
    images.forEach((image, index) => {
      all.set(image, index * 784);
    });
    return engine.call("predict", { images: all, at }, { signal });
  });
  const probabilities = answer.value.value?.probabilities;
  const last = stages.value.at(-1);
  const readings = probabilities && readingsOf(new Uint8Array(stages.value.length), probabilities);
  const titles = [
    "as drawn",
    fits.value ? "box in 20 × 20" : "not fitted",
    centres.value ? "mass centred" : "not centred",
  ];
  return (
    <Figure
      title="Your digit"
      name="drawing"
      failure={answer.value.failure}
      {...(probabilities && {
        svg: () => barsSvg("Your digit", probabilities.slice(-10)),
        data: () => [...probabilities.slice(-10)].join("\n"),
      })}
    >
      <div class="predict-draw">
        <DrawingPad />
        <div class="predict-seen">
          <ol class="predict-stages">
            {titles.map((title, index) => {
              const image = stages.value[index];
              const reading = readings?.[index];
              return (
                <li key={index}>
                  {image === undefined ? <div class="predict-empty" /> : <Digit pixels={image} />}
                  <span>{title}</span>
                  <span class="soft">
                    {image === undefined || reading === undefined
                      ? "–"
                      : `reads ${reading.read}, ${Math.round(100 * reading.sure)} %`}
                  </span>
                </li>
              );
            })}
          </ol>
          <label class="check">
            <input
              type="checkbox"
              checked={fits.value}
              onChange={({ currentTarget }) => {
                fits.value = currentTarget.checked;
              }}
            />
            fit the box into 20 × 20, as MNIST did
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={centres.value}
              onChange={({ currentTarget }) => {
                centres.value = currentTarget.checked;
              }}
            />
            centre of mass into the middle
          </label>
          {last === undefined || probabilities === undefined ? (
            <p class="predict-nothing">Nothing drawn</p>
          ) : (
            <Bars values={probabilities.slice(-10)} label="Probability of each digit for your drawing" />
          )}
          <JoinDigits pixels={last} read={last === undefined ? undefined : readings?.at(-1)?.read} />
        </div>
      </div>
      {last !== undefined && <ShiftTable image={last} />}
    </Figure>
  );
}
