/** The compiled steps of a model, by everything that shapes them. */
import { foldKey, type Key, keyOf } from "../base/random.ts";
import { BoundStep } from "../engine/bound-step.ts";
import type { Session, Trace } from "../engine/session.ts";
import type { Runner } from "./runner.ts";
import { type StepMode, type StepSpec, stepKey, type WrittenStep, writeStep } from "./step.ts";
import type { Trackers } from "./trackers.ts";

/** A step on the device, with the variables that it is about. */
export type ReadyStep = BoundStep<WrittenStep>;

/** The step of this kind; it is written and compiled on first use. */
export async function readyStep(
  runner: Runner,
  session: Session,
  spec: StepSpec,
  trackers: Trackers = runner.trainTrackers,
): Promise<ReadyStep> {
  const key = keyOfStep(runner, spec, trackers);
  return new BoundStep(session, await session.step(key, writer(runner, spec, session, trackers)));
}

/** Everything that shapes the step: what is fed, the graph, which layers train, and whose sums it keeps. */
function keyOfStep(runner: Runner, spec: StepSpec, trackers: Trackers): string {
  const { model, version } = runner;
  // A prediction is the same whatever trains, and is called the most often.
  if (spec.mode === "predict") return `${stepKey(spec)} v${version}`;
  const trained = new Set(model.trainableWeights);
  const flags = model.weights.map((variable) => (trained.has(variable) ? 1 : 0)).join("");
  const own = spec.mode === "test" ? ` lane ${runner.laneOf(trackers)}` : "";
  return `${stepKey(spec)}${own} v${version} ${flags}`;
}

function writer(runner: Runner, spec: StepSpec, session: Session, trackers: Trackers): Trace<WrittenStep> {
  const { model, parts } = runner;
  const write = writeStep(model, spec, {
    objective: spec.mode === "predict" ? undefined : parts?.objective,
    optimizer: parts?.optimizer,
    trackers,
    key: drawKey(spec.mode),
    nameOf: (variable) => session.nameOf(variable),
  });
  return (builder) => {
    const written = write(builder);
    runner.notice(written.notices);
    return written;
  };
}

function drawKey(mode: StepMode): Key {
  return foldKey(keyOf(0), mode === "train" ? 1 : 2);
}
