/** What the selected unit likes best: of the test digits, and of all images. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { shortNumber } from "../../base/numbers.ts";
import { Digit } from "../../parts/digit.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Pixels } from "../../parts/pixels.tsx";
import { useAnswer } from "../../state/answer.ts";
import { network, weightsAt } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { sample, sampleName } from "../../state/selection.ts";
import { ask, askAtRest, edit, explained } from "./signals.ts";
import { bestRows, unitName } from "./state.ts";
import type { DreamOutput, ExciteOutput } from "./tasks.ts";

/** Digits that are shown. */
const BEST = 9;
const INK = { low: 0, high: 1 } as const;

export function Liking() {
  return (
    <div class="inside-pair">
      <BestDigits />
      <BestImage />
    </div>
  );
}

function BestDigits() {
  const digits = samples.value;
  const answer = useAnswer((signal) =>
    askAtRest<ExciteOutput>("excite", { edit: edit.value, layer: explained.value.layer }, signal),
  );
  const { value, failure, isPending } = answer.value;
  const { channel } = explained.value;
  const isKnown = value !== undefined && channel < value.channels;
  const best = useMemo(() => (isKnown ? bestRows(value.means, value.channels, channel, BEST) : []), [value, channel]);
  const of = (row: number) => shortNumber(value?.means[row * value.channels + channel] ?? 0);
  return (
    <div aria-busy={isPending}>
      <Figure
        title={`Nine of ${digits?.count ?? 100} digits that ${unitName(explained.value)} likes best`}
        name="inside-best"
        failure={failure}
        data={() => best.map((row) => `${row}\t${of(row)}`).join("\n")}
        caption="The number is the mean of the map. Press a digit to see it everywhere."
      >
        {digits !== undefined && (
          <div class="inside-best">
            {best.map((row) => (
              <button
                key={row}
                type="button"
                class="plain"
                aria-pressed={sample.value === row}
                aria-label={`${sampleName(row)}, a ${digits.labels[row]}: ${of(row)}`}
                onClick={() => {
                  sample.value = row;
                }}
              >
                <Digit pixels={imageOf(digits, row)} />
                <span>{of(row)}</span>
              </button>
            ))}
          </div>
        )}
      </Figure>
    </div>
  );
}

interface Made extends DreamOutput {
  /** What it was made for. */
  readonly key: string;
}

function BestImage() {
  const made = useSignal<Made | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const isBusy = useSignal(false);
  const { layer, channel } = explained.value;
  const key = JSON.stringify([layer, channel, weightsAt.value, edit.value]);
  const shown = made.value?.key === key ? made.value : undefined;
  const make = async () => {
    isBusy.value = true;
    failure.value = undefined;
    try {
      const output = await ask<DreamOutput>("dream", { edit: edit.peek(), layer, channel });
      if (output !== undefined) made.value = { ...output, key };
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    } finally {
      isBusy.value = false;
    }
  };
  const maps = useMemo(
    () => ({ data: shown?.image ?? new Float32Array(784), height: 28, width: 28, channels: 1 }),
    [shown],
  );
  return (
    <Figure
      title={`An image made for ${unitName(explained.value)}`}
      name="inside-ideal"
      failure={failure.value}
      data={() => Array.from(maps.data).join("\n")}
      caption={
        shown === undefined
          ? "From noise, the gradient is climbed 64 times."
          : `What it raises went from ${shortNumber(shown.values[0]!)} to ${shortNumber(shown.values.at(-1)!)} in ${shown.values.length - 1} steps.`
      }
    >
      <div class="inside-ideal">
        {shown !== undefined && (
          <Pixels
            maps={maps}
            label={`Image made for ${unitName(explained.value)}`}
            noun="image"
            range={INK}
            colours="ink"
          />
        )}
        <button type="button" disabled={isBusy.value || network.value === undefined} onClick={make}>
          {isBusy.value ? "Climbing" : shown === undefined ? "Make it" : "Make it again"}
        </button>
      </div>
    </Figure>
  );
}
