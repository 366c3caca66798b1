/** The visitor's own digit, read at once. */
import { classesOf } from "../../base/classes.ts";
import { Bars, barsSvg } from "../../parts/bars.tsx";
import { DrawingPad } from "../../parts/drawing-pad.tsx";
import { Figure } from "../../parts/figure.tsx";
import { JoinDigits } from "../../parts/join-digits.tsx";
import { useAnswer } from "../../state/answer.ts";
import { drawnInput } from "../../state/drawing.ts";
import { engine, network, weightsAt } from "../../state/engine.ts";

export function Draw() {
  const answer = useAnswer((signal) => {
    const [pixels, at] = [drawnInput.value, weightsAt.value];
    if (network.value === undefined) return undefined;
    if (pixels === undefined) return Promise.resolve(undefined);
    return engine.call("predict", { images: pixels.slice(), at }, { signal });
  });
  const pixels = drawnInput.value;
  const probabilities = pixels && answer.value.value?.probabilities;
  const [read] = probabilities === undefined ? [] : classesOf(probabilities);
  return (
    <Figure
      title="Draw a digit"
      name="drawn-digit"
      failure={answer.value.failure}
      {...(probabilities && {
        svg: () => barsSvg("Your digit", probabilities),
        data: () => [...probabilities].join("\n"),
      })}
    >
      <div class="see-draw">
        <DrawingPad />
        {probabilities === undefined || read === undefined ? (
          <p class="soft see-nothing">Nothing drawn yet.</p>
        ) : (
          <div>
            <p class="see-read">
              It reads <b>{read}</b>, {Math.round(100 * probabilities[read]!)} % sure
            </p>
            <Bars values={probabilities} label="Probability of each digit for your drawing" />
          </div>
        )}
      </div>
      <JoinDigits pixels={pixels} read={read} />
    </Figure>
  );
}
