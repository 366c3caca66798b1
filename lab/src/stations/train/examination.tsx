/** The weights at the step that the page shows: the hardest digits, the gradient of each layer, and the units that do nothing. */
import { grouped, shortNumber } from "../../base/numbers.ts";
import { Digit } from "../../parts/digit.tsx";
import { Figure } from "../../parts/figure.tsx";
import { useAnswer } from "../../state/answer.ts";
import { anyWeightsAt, engine, isTraining, run, runOptions, runSteps } from "../../state/engine.ts";
import { moment } from "../../state/selection.ts";
import { nearest, testDigits } from "./state.ts";

/** While steps follow each other, only some of them are examined: it takes as long as several steps. */
const EVERY = 50;

function examinedStep(): number | undefined {
  const at = anyWeightsAt.value;
  if (at === "shipped") return undefined;
  if (!isTraining.value || moment.value !== "latest") return at;
  return run.value?.checkpoints.findLast((step) => step <= Math.floor(at / EVERY) * EVERY);
}

export function ExaminationView() {
  const answer = useAnswer((signal) => {
    const at = examinedStep();
    if (at === undefined) return undefined;
    return engine.call("examineRun", { at }, { signal }).then((found) => ({ ...found, at }));
  });
  const frame = run.value;
  const at = answer.value.value?.at;
  if (frame === undefined || at === undefined) return null;
  const { value, failure } = answer.value;
  const digits = testDigits(runOptions.value?.data);
  const step =
    runSteps[
      nearest(
        runSteps.map(({ step }) => step),
        at,
      )
    ];
  return (
    <div class="train-look" aria-busy={answer.value.isPending}>
      <Figure
        title={`Hardest ${digits} after step ${at}`}
        name="hardest"
        failure={failure}
        caption={value && `${value.right} of ${value.images} ${digits} are right.`}
      >
        <ol class="train-hardest">
          {value?.hardest.map(({ image, label, loss, probabilities }, index) => {
            const read = probabilities.indexOf(Math.max(...probabilities));
            return (
              <li key={index}>
                <Digit pixels={image} />
                <span>
                  {label === read ? "✓" : "✗"} {label} read as {read}
                </span>
                <span class="soft">loss {shortNumber(loss)}</span>
              </li>
            );
          })}
        </ol>
      </Figure>
      <Figure title={`Layers after step ${at}`} name="layers" hasPicture={false}>
        <div class="scrolls">
          <table class="numbers">
            <thead>
              <tr>
                <th scope="col">layer</th>
                <th scope="col">gradient</th>
                <th scope="col">zeros</th>
                <th scope="col">dead units</th>
              </tr>
            </thead>
            <tbody>
              {value?.zeros.map(({ layer, units, dead, zeros }) => {
                const weighted = frame.layers.indexOf(layer);
                const gradient = weighted < 0 ? undefined : step?.gradients[weighted];
                return (
                  <tr key={layer}>
                    <th scope="row">{layer}</th>
                    <td>{gradient === undefined ? "–" : shortNumber(gradient)}</td>
                    <td>{Math.round(100 * zeros)} %</td>
                    <td>
                      {grouped(dead)} of {grouped(units)}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </Figure>
    </div>
  );
}
