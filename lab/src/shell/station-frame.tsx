import { useSignal, useSignalEffect } from "@preact/signals";
import { Component, type ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { AnswerField } from "../parts/answer-field.tsx";
import { Fold } from "../parts/fold.tsx";
import { Notice } from "../parts/notice.tsx";
import { isFirstAnswered, run } from "../state/engine.ts";
import { type QuestionName, questions } from "../state/questions.ts";
import { isTeaching } from "../state/selection.ts";
import { hideSteps, showNext, shownSteps, steps } from "../state/teaching.ts";
import { handoutStations, type StationEntry, type StationName } from "../stations/index.ts";
import type { Station } from "../stations/station.ts";
import { wanted } from "./navigation.ts";

/** A station of the page; its script is loaded when it comes near the view, but not before the first station has its answer. */
export function StationFrame({ name, number, title, load }: StationEntry) {
  const station = useSignal<Station | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const isNear = useSignal(false);
  const section = useRef<HTMLElement>(null);
  const begin = async () => {
    if (station.peek() !== undefined) return;
    failure.value = undefined;
    try {
      station.value = (await load()).station;
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
  };
  useSignalEffect(() => {
    if (wanted.value.has(name) || (isNear.value && isFirstAnswered.value)) void begin();
  });
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        isNear.value = entry?.isIntersecting ?? false;
      },
      { rootMargin: "100% 0px" },
    );
    observer.observe(section.current!);
    return () => observer.disconnect();
  }, []);
  const loaded = station.value;
  return (
    <section ref={section} id={name} class="station" aria-labelledby={`${name}-title`} aria-busy={loaded === undefined}>
      <div class="station-text">
        <p class="eyebrow">
          {number} · {title}
        </p>
        <h2 id={`${name}-title`} tabIndex={-1}>
          {loaded === undefined ? title : <loaded.Headline />}
        </h2>
        {loaded !== undefined && <StationText name={name} station={loaded} />}
      </div>
      <div class="station-instrument">
        {failure.value !== undefined && (
          <Notice kind="error" action={{ label: "Load it again", run: begin }}>
            This station could not be loaded: {failure.value}
          </Notice>
        )}
        {run.value?.isHandout === false && handoutStations.has(name) && (
          <Notice kind="info">
            Your run trains another network. This station goes on with the recorded one; stations 6, 8 and 12 show
            yours.
          </Notice>
        )}
        {loaded !== undefined && (
          <Guard title={title}>
            <loaded.Instrument />
          </Guard>
        )}
      </div>
    </section>
  );
}

interface StationTextProps {
  readonly name: StationName;
  readonly station: Station;
}

/** The words of a station. In the teacher's mode what follows the question is shown step by step. */
function StationText({ name, station: { Question, Task, Notice: Noticed, Maths, Code } }: StationTextProps) {
  const isStepwise = isTeaching.value;
  const shown = isStepwise ? (shownSteps.value[name] ?? 0) : steps.length;
  const hasQuestion = name in questions;
  return (
    <>
      <div class="question">
        <Question />
      </div>
      {shown > 0 && (
        <div class="task">
          <Task />
        </div>
      )}
      {isStepwise && shown > 1 && hasQuestion && <AnswerField name={name as QuestionName} />}
      {shown > 2 && (
        <>
          <p class="notice">
            <b>Notice</b> <Noticed />
          </p>
          {!isStepwise && hasQuestion && (
            <Fold title="A question for your report">
              <AnswerField name={name as QuestionName} />
            </Fold>
          )}
          {Maths !== undefined && (
            <Fold title="The maths">
              <Maths />
            </Fold>
          )}
          {Code !== undefined && (
            <Fold title="The code">
              <Code />
            </Fold>
          )}
        </>
      )}
      {isStepwise && (
        <button type="button" onClick={() => (shown < steps.length ? showNext(name) : hideSteps(name))}>
          {shown < steps.length ? `Show ${steps[shown]}` : "Hide the steps again"}
        </button>
      )}
    </>
  );
}

/** Shows the error of an instrument in its place; the others go on. */
class Guard extends Component<{ readonly title: string; readonly children: ComponentChildren }> {
  override state: { readonly failure?: string } = {};

  override componentDidCatch(error: unknown): void {
    this.setState({ failure: error instanceof Error ? error.message : String(error) });
  }

  override render() {
    const { failure } = this.state;
    if (failure === undefined) return this.props.children;
    return (
      <Notice kind="error" action={{ label: "Show it again", run: () => this.setState({ failure: undefined }) }}>
        {this.props.title} failed: {failure}
      </Notice>
    );
  }
}
