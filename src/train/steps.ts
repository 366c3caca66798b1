/** The compiled steps of a model, by everything that shapes them. */
import { foldKey, type Key, keyOf } from "../base/random.ts";
import type { Rewrite } from "../compile/compile.ts";
import { BoundStep } from "../engine/bound-step.ts";
import { type Session, type Trace, traceGraph } from "../engine/session.ts";
import { rowNumberOp } from "../ops/row-number.ts";
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
  const { group } = session.device;
  const isShared = group !== undefined && (spec.mode === "train" || spec.mode === "test");
  const write = (own: StepSpec) => writer(runner, own, session, trackers, isShared);
  const key = keyOfStep(runner, spec, trackers);
  if (!isShared) return new BoundStep(session, await session.step(key, write(spec)));
  // What trains or judges is about the rows of all processes; a prediction is about those that this one is given.
  const { distribute } = await import("../compile/distribute.ts");
  const { autoShardDataset, overlap = true } = runner.parts?.distribution ?? {};
  const sharing = { processes: group.size, countsRows: autoShardDataset === false, overlaps: overlap };
  // Where rows look at each other, each process has room for all of them.
  const isNumbered = traceGraph(write(spec)).nodes.some(({ op }) => op.name === rowNumberOp.name);
  const own = isNumbered ? { ...spec, capacity: spec.capacity * group.size } : spec;
  const share: Rewrite = (graph) => distribute(graph, sharing);
  return new BoundStep(session, await session.step(key, write(own), share));
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

function writer(
  runner: Runner,
  spec: StepSpec,
  session: Session,
  trackers: Trackers,
  isShared: boolean,
): Trace<WrittenStep> {
  const { model, parts } = runner;
  const write = writeStep(model, spec, {
    objective: spec.mode === "predict" ? undefined : parts?.objective,
    optimizer: parts?.optimizer,
    trackers,
    key: drawKey(spec.mode),
    nameOf: (variable) => session.nameOf(variable),
    isShared,
    device: session.device,
    localStatistics: isShared && (parts?.distribution?.localStatistics ?? false),
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
