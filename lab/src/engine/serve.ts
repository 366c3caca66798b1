/** The engine: fovea's devices behind the protocol, in a page's worker or in Node. */
import { devices, toCategorical } from "fovea";
import { Checkpoints } from "./checkpoints.ts";
import { compileNetwork, imagesTensor, makeHandout, Networks, readWeights } from "./networks.ts";
import type { Calls, RunOptions, WeightsAt } from "./protocol.ts";
import type { Run } from "./run.ts";
import type { RunRecord } from "./saved-run.ts";
import { EngineServer, type Handlers, type Port } from "./server.ts";
import { findTask } from "./tasks.ts";

const checkpoints = new Checkpoints();
/** The handout's network. */
let networks: Networks | undefined;
/** The network of a run that has another one. */
let own: Networks | undefined;
let run: Run | undefined;
let runs = 0;
let page = "";
let server: EngineServer | undefined;

/** The network that has the weights of a moment. */
function networksAt(at: WeightsAt): Networks {
  const asked = at === "shipped" || own === undefined ? networks : own;
  if (asked === undefined) throw new Error("The network is not open yet.");
  return asked;
}

async function timed<T extends object>(
  at: WeightsAt,
  work: (networks: Networks) => Promise<T>,
): Promise<T & { ms: number; device: string }> {
  const asked = networksAt(at);
  const start = performance.now();
  const output = await work(asked);
  return { ...output, ms: performance.now() - start, device: asked.device };
}

/** A copy that may move to the page. */
const copyOf = (data: ArrayLike<number>): Float32Array => Float32Array.from(data);

const handlers: Handlers = {
  open({ weights, page: address }) {
    page = address;
    if (networks === undefined) {
      const handout = compileNetwork(makeHandout(), { device: "cpu" });
      const shipped = readWeights(weights, handout);
      networks = new Networks(handout, (at) => (at === "shipped" ? shipped : checkpoints.at(at)));
    }
    return networks.info;
  },
  async devices() {
    return (await devices()).map(({ name, available, description }) => ({ name, available, description }));
  },
  predict: ({ images, at }) =>
    timed(at, async (asked) => ({ probabilities: copyOf((await asked.predict(images, at)).data) })),
  featureMaps: ({ image, at }) =>
    timed(at, async (asked) => {
      const outputs = await asked.observe(image, at);
      return {
        layers: asked.info.layers.map(({ name, className, shape }, index) => ({
          name,
          className,
          shape,
          data: copyOf(outputs[index]!.data),
        })),
      };
    }),
  weights: async ({ at }) => {
    const { info } = networksAt(at);
    const names = info.layers.filter(({ parameters }) => parameters > 0).flatMap(({ name }) => [name, name]);
    return {
      weights: networksAt(at)
        .weightsAt(at)
        .map(({ shape, data }, index) => ({ layer: names[index] ?? "", shape, data: copyOf(data) })),
    };
  },
  evaluate: ({ images, labels, at }, { signal }) =>
    timed(at, (asked) =>
      asked.withModel(at, async (model) => {
        const targets = toCategorical(labels, 10);
        const scores = await model.evaluate(imagesTensor(images), targets, { verbose: 0, batchSize: 50, signal });
        return { loss: scores.loss ?? Number.NaN, accuracy: scores.accuracy ?? Number.NaN };
      }),
    ),
  startRun: (options) => begin(options),
  ...control({
    pauseRun: (current) => current.pause(),
    resumeRun: (current) => current.resume(),
    stepRun: (current) => current.stepOnce(),
    stopRun: (current) => current.stop(),
  }),
  setLearningRate({ learningRate }) {
    run?.setLearningRate(learningRate);
    return null;
  },
  weightNames: () => run?.weightNames ?? [],
  lookAtWeight: (at) => requireRun().look(at),
  async examineRun({ at }) {
    const { data, options } = requireRun();
    if (data === undefined) throw new Error("The digits of the run are not loaded yet.");
    const { examine } = await import("./examine.ts");
    return timed(at, (asked) => examine(asked, { at, data, loss: options.loss }));
  },
  async savedRun() {
    const { readRecord } = await import("./saved-run.ts");
    const record = await readRecord();
    return record === undefined ? null : { options: record.options, step: record.step, totalSteps: record.totalSteps };
  },
  async resumeSavedRun({ startsPaused }) {
    const { readRecord } = await import("./saved-run.ts");
    const record = await readRecord();
    if (record === undefined) throw new Error("This browser keeps no run any more.");
    return begin({ ...record.options, startsPaused }, record);
  },
  async forgetSavedRun() {
    const { forgetRecord } = await import("./saved-run.ts");
    await forgetRecord();
    return null;
  },
  async task({ station, task, input }, context) {
    const work = await findTask(station, task);
    return work(input, { ...context, withModel: (at, look) => networksAt(at).withModel(at, look) });
  },
};

async function begin(options: RunOptions, record?: RunRecord): Promise<{ run: number }> {
  const [{ Run }, { makeNetwork }] = await Promise.all([import("./run.ts"), import("./make-network.ts")]);
  run?.stop();
  await run?.ended;
  checkpoints.clear();
  networks?.forget();
  own =
    options.network === undefined
      ? undefined
      : new Networks(makeNetwork({ network: options.network, device: "cpu" }), (at) => checkpoints.at(at as number));
  run = new Run(++runs, options, {
    ...{ page, checkpoints, send: (frame) => server?.sendFrame(frame) },
    ...(record === undefined ? {} : { record }),
  });
  return { run: run.id };
}

function requireRun(): Run {
  if (run === undefined) throw new Error("There is no run yet.");
  return run;
}

/** Handlers that tell the run something; without a run they do nothing. */
function control<N extends keyof Calls>(told: Readonly<Record<N, (current: Run) => void>>): Record<N, () => null> {
  const handlers = {} as Record<N, () => null>;
  for (const name of Object.keys(told) as N[])
    handlers[name] = () => {
      if (run !== undefined) told[name](run);
      return null;
    };
  return handlers;
}

/** Answers what comes through the port. A thread has one engine. */
export function serveEngine(port: Port): void {
  server = new EngineServer(port, handlers);
}
