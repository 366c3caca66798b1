/** The mistake loop: a wrong answer, what speaks for it, what looks like it, and a lesson with its price. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { classesOf } from "../../base/classes.ts";
import { Digit } from "../../parts/digit.tsx";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Notice } from "../../parts/notice.tsx";
import { Pixels } from "../../parts/pixels.tsx";
import { RangeBar } from "../../parts/range-bar.tsx";
import { useAnswer } from "../../state/answer.ts";
import { anyWeightsAt, engine, isTraining } from "../../state/engine.ts";
import { lessonWords, type Reading } from "./state.ts";
import type { Lesson, LessonInput, Mistake, MistakeInput } from "./tasks.ts";

export interface MistakeLoopProps {
  readonly reading: Reading;
  /** All digits of the set. */
  readonly set: { readonly images: Float32Array; readonly labels: ArrayLike<number> };
}

const PIXELS = 784;

export function MistakeLoop({ reading: { index, label, read }, set }: MistakeLoopProps) {
  const image = useMemo(() => set.images.subarray(index * PIXELS, (index + 1) * PIXELS), [set, index]);
  const asked = useSignal({ image, label, read });
  if (asked.peek().image !== image || asked.peek().read !== read) asked.value = { image, label, read };
  const answer = useAnswer((signal) => {
    const [digit, at] = [asked.value, anyWeightsAt.value];
    // What goes through many digits would share its time with a run.
    if (isTraining.value) return undefined;
    const input: MistakeInput = { ...digit, image: digit.image.slice(), at };
    return engine.call("task", { station: "predict", task: "examineMistake", input }, { signal }) as Promise<Mistake>;
  });
  const { value, failure, isPending } = answer.value;
  const maps = useMemo(
    (): Maps => ({ data: value?.drop ?? [0], height: value?.rows ?? 1, width: value?.columns ?? 1, channels: 1 }),
    [value],
  );
  return (
    <div class="predict-mistake" aria-busy={isPending}>
      <Figure
        title={`A ${label} read as ${read}: what speaks for the ${read}`}
        name="mistake"
        failure={failure}
        data={() => Array.from(maps.data).join("\n")}
        caption={
          isTraining.value
            ? "The pictures follow when the run rests."
            : `Red: covering 5 × 5 pixels here takes probability from the ${read}. Blue: it gives it some.`
        }
      >
        <div class="predict-speaks">
          <Digit pixels={image} />
          {value !== undefined && (
            <div>
              <Pixels
                maps={maps}
                label={`How much of the probability of ${read} goes when a patch is covered`}
                noun="drop"
                range={rangeOf(maps)}
                hasNumbers={false}
              >
                <RangeBar range={rangeOf(maps)} unit={`probability of ${read}`} />
              </Pixels>
            </div>
          )}
        </div>
      </Figure>
      <div>
        {value !== undefined && (
          <Figure
            title="Digits drawn by this program that look most like it to the network"
            name="neighbours"
            data={() => value.neighbours.map((each) => `${each.label}\t${each.distance}`).join("\n")}
          >
            <ol class="predict-neighbours">
              {value.neighbours.map((each, index) => (
                <li key={index}>
                  <Digit pixels={each.image} />
                  <span>a {each.label}</span>
                </li>
              ))}
            </ol>
          </Figure>
        )}
        <LessonView key={`${index} ${label} ${read}`} {...{ image, label, read, set }} />
      </div>
    </div>
  );
}

interface LessonViewProps extends Pick<MistakeLoopProps, "set"> {
  readonly image: Float32Array;
  readonly label: number;
  readonly read: number;
}

function LessonView({ image, label, read, set }: LessonViewProps) {
  const lesson = useSignal<Lesson | undefined>(undefined);
  const share = useSignal<number | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const begin = async () => {
    failure.value = undefined;
    share.value = 0;
    const input: LessonInput = {
      at: anyWeightsAt.peek(),
      image: image.slice(),
      label,
      read,
      images: set.images.slice(),
    };
    const onProgress = (done: unknown) => {
      share.value = done as number;
    };
    try {
      const call = { station: "predict", task: "teach", input };
      lesson.value = (await engine.call("task", call, { onProgress })) as Lesson;
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
    share.value = undefined;
  };
  const taught = lesson.value;
  const sentence = (probabilities: Float32Array) => {
    const [taken] = classesOf(probabilities) as [number];
    return `${taken}, ${Math.round(100 * probabilities[taken]!)} % sure`;
  };
  return (
    <div class="predict-lesson">
      <button type="button" disabled={share.value !== undefined || isTraining.value} onClick={begin}>
        {share.value === undefined
          ? `Teach a copy that it is a ${label}: 50 steps`
          : `Step ${Math.round(50 * share.value)} of 50`}
      </button>
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      {taught !== undefined && (
        <p class="soft predict-taught">
          Before: {sentence(taught.before)}. After: {sentence(taught.after)}.{" "}
          {lessonWords(set.labels, classesOf(taught.allBefore), classesOf(taught.allAfter))}
        </p>
      )}
    </div>
  );
}
