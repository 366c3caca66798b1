/** The test digits as the network sees them before its last layer: points in the plane. */
import { useSignal } from "@preact/signals";
import { scatter, type ThemeName, toSvg } from "fovea/plot";
import { useMemo } from "preact/hooks";
import { Digit } from "../../parts/digit.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Plot } from "../../parts/plot.tsx";
import { SampleSlider } from "../../parts/sample-slider.tsx";
import { useAnswer } from "../../state/answer.ts";
import { isTraining } from "../../state/engine.ts";
import { imageOf, samples } from "../../state/samples.ts";
import { sample, sampleName, shownTheme } from "../../state/selection.ts";
import { askAtRest } from "./signals.ts";
import type { EmbedOutput } from "./tasks.ts";

const digitNames = Array.from({ length: 10 }, (_, digit) => String(digit));

export function Embedding() {
  const digits = samples.value;
  const answer = useAnswer((signal) => askAtRest<EmbedOutput>("embed", {}, signal));
  const pointed = useSignal<number | undefined>(undefined);
  const { value, failure, isPending } = answer.value;
  const selected = sample.value;
  const draw = useMemo(
    () => (width: number, theme: ThemeName) =>
      scatter({
        ...{
          width,
          theme,
          title: "Test digits in the plane of their features",
          heading: false,
          points: pairsOf(value!.coordinates),
          classes: [...digits!.labels],
        },
        ...{ names: digitNames, selected, radius: 4, equal: true, height: Math.min(420, width) },
        ...{ xLabel: `first direction, ${percent(value!.shares[0])} of the variance` },
        ...{ yLabel: `second direction, ${percent(value!.shares[1])}` },
      }),
    [value, digits, selected],
  );
  if (digits === undefined) return null;
  const shown = pointed.value ?? selected;
  const point = (event: PointerEvent) => {
    const key = (event.target as Element).closest("[data-key]")?.getAttribute("data-key");
    pointed.value = key == null ? undefined : Number(key);
  };
  return (
    <div class="inside-embedding" aria-busy={isPending}>
      <Figure
        title={`${digits.count} digits by their 18,432 features`}
        name="inside-embedding"
        failure={failure}
        caption={isTraining.value ? "The points follow when the run rests." : undefined}
        {...(value && { svg: () => toSvg(draw(560, shownTheme.peek())) })}
        data={() =>
          pairsOf(value?.coordinates ?? [])
            .map((pair) => pair.join("\t"))
            .join("\n")
        }
      >
        {value !== undefined && (
          <div
            onPointerOver={point}
            onPointerLeave={() => {
              pointed.value = undefined;
            }}
          >
            <Plot
              scene={draw}
              onSelect={(key) => {
                sample.value = Number(key);
              }}
            />
          </div>
        )}
      </Figure>
      <div>
        <div class="inside-pointed">
          <Digit pixels={imageOf(digits, shown)} />
        </div>
        <p class="soft">
          {sampleName(shown)}, a {digits.labels[shown]}
          {value !== undefined && `; the network reads ${value.classes[shown]}`}.
        </p>
        <SampleSlider />
      </div>
    </div>
  );
}

const pairsOf = (coordinates: ArrayLike<number>): [number, number][] =>
  Array.from({ length: coordinates.length / 2 }, (_, i) => [coordinates[2 * i]!, coordinates[2 * i + 1]!]);

const percent = (share = 0): string => `${Math.round(100 * share)} %`;
