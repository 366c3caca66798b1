import { DeviceError, Model, Sequential } from "fovea";
import { Dense, Flatten } from "fovea/layers";
import { describe, expect, test, vi } from "vitest";
import { Checkpoints } from "../../engine/checkpoints.ts";
import { examine } from "../../engine/examine.ts";
import { makeNetwork } from "../../engine/make-network.ts";
import { lossOf } from "../../engine/microscope.ts";
import { imagesTensor, Networks } from "../../engine/networks.ts";
import { optimizerNames, type RunFrame, type RunOptions, type RunStep } from "../../engine/protocol.ts";
import { Run } from "../../engine/run.ts";
import type { RunRecord } from "../../engine/saved-run.ts";
import { pathOf, placeWords, progressLine, punish, rateMarks, runningMeans, updateOf } from "./state.ts";

/** A weight of 0.3 under Keras's optimizers with a rate of 0.01 and these gradients (Keras 3, one variable, five calls of apply). */
const gradients = [0.5, -0.25, 0.125, 1, -2];
const keras = {
  adam: [0.29000014066696167, 0.2873368263244629, 0.28393256664276123, 0.27750372886657715, 0.27951982617378235],
  sgd: [0.29500001668930054, 0.29750001430511475, 0.29625001549720764, 0.2862500250339508, 0.30625003576278687],
  momentum: [0.29500001668930054, 0.2930000126361847, 0.28995001316070557, 0.2772050201892853, 0.28573453426361084],
  rmsprop: [0.26837730407714844, 0.2831214666366577, 0.2755751311779022, 0.24725615978240967, 0.27520087361335754],
};

describe("updates of one weight", () => {
  test.each(optimizerNames)("%s is Keras's", (name) => {
    const path = pathOf(name, gradients, { start: 0.3, learningRate: 0.01 });
    expect(path[0]).toBe(0.3);
    path.slice(1).forEach((value, step) => {
      expect(value).toBeCloseTo(keras[name][step]!, 6);
    });
  });

  test("the last row of a calculation is the move", () => {
    const update = updateOf("adam", { gradient: 0.5, slots: {}, learningRate: 0.01, step: 1 });
    expect(update.rows.at(-1)).toMatchObject({ name: "move", value: update.move });
    expect(update.rows.map(({ name }) => name)).toEqual(["m", "v", "m̂", "v̂", "move"]);
  });
});

describe("losses", () => {
  // Keras 3: CategoricalCrossentropy()(onehot, p) and MeanSquaredError()(onehot, p) of 0.7 beside nine times 0.3 / 9.
  const p = [0.7, ...new Array<number>(9).fill(0.3 / 9)];
  const y = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  test.each([
    ["categorical_crossentropy", 0.35667502880096436],
    ["mean_squared_error", 0.010000001639127731],
  ] as const)("%s is Keras's", (name, value) => {
    expect(punish(name, 0.7)).toBeCloseTo(value, 6);
    expect(lossOf(name, p, y)).toBeCloseTo(value, 6);
  });
});

describe("the run in words", () => {
  const step = (number: number, learningRate = 0.001): RunStep => ({
    step: number,
    loss: number,
    accuracy: 0.5,
    learningRate,
    gradients: [],
  });

  test("means begin again with each epoch", () => {
    const steps = [1, 2, 3, 4, 5].map((number) => step(number));
    expect(runningMeans(steps, 3)).toEqual({ inEpoch: 2, loss: 4.5, accuracy: 0.5 });
    expect(runningMeans([], 3)).toBeUndefined();
  });

  test("the line is Keras's", () => {
    const frame = { step: 5, totalSteps: 6, imagesPerSecond: 320 } as RunFrame;
    const options = { epochs: 2, batchSize: 32 } as RunOptions;
    const steps = [1, 2, 3, 4, 5].map((number) => step(number));
    expect(progressLine(frame, options, steps)).toBe(
      "Epoch 2/2\n2/3 ━━━━━━━━━━━━━─────── 1s 100ms/step - accuracy: 0.5000 - loss: 4.5000",
    );
  });

  test("a changed learning rate is marked at its first step", () => {
    expect(rateMarks([step(1), step(2), step(3, 0.1), step(4, 0.1)])).toEqual([{ at: 3, label: "rate 0.1" }]);
  });

  test("places of weights", () => {
    expect(placeWords([3, 3, 64, 32], 1 * 3 * 64 * 32 + 2 * 64 * 32 + 5 * 32 + 7)).toBe(
      "row 1, column 2, from map 5 to map 7",
    );
    expect(placeWords([18432, 10], 25)).toBe("from entry 2 to unit 5");
  });
});

/** A network that trains in no time. */
const small = JSON.stringify(
  new Sequential([new Flatten({ inputShape: [28, 28, 1] }), new Dense({ units: 10, activation: "softmax" })]).toJSON(),
);

/** A run in this process, and its newest frame. */
function startRun(options: Partial<RunOptions>, record?: RunRecord) {
  const frames: RunFrame[] = [];
  const checkpoints = new Checkpoints();
  const waiting: { until: (frame: RunFrame) => boolean; resolve: (frame: RunFrame) => void }[] = [];
  const run = new Run(
    1,
    {
      ...{ data: "digits", images: 48, epochs: 1, batchSize: 16, learningRate: 0.001, device: "cpu", seed: 7 },
      ...{ checkpointEvery: 1, optimizer: "adam", loss: "categorical_crossentropy" },
      ...options,
    },
    {
      ...{ page: "", checkpoints },
      ...(record && { record }),
      send: (frame) => {
        frames.push(frame);
        for (const each of waiting.filter(({ until }) => until(frame))) {
          waiting.splice(waiting.indexOf(each), 1);
          each.resolve(frame);
        }
      },
    },
  );
  const next = (until: (frame: RunFrame) => boolean) =>
    new Promise<RunFrame>((resolve) => waiting.push({ until, resolve }));
  return { run, frames, checkpoints, next };
}

describe("the microscope", () => {
  test.each(optimizerNames)("what %s is said to do to a weight is what the engine does", async (optimizer) => {
    const { run, next } = startRun({ optimizer, startsPaused: true, learningRate: 0.001, network: small });
    await next(({ state }) => state === "paused");
    for (const step of [1, 2]) {
      const look = await run.look({ weight: 1, place: 3 });
      expect(look).toMatchObject({ step, optimizer });
      expect(Math.abs(look.gradient - look.difference)).toBeLessThan(1e-5 + 0.01 * Math.abs(look.gradient));
      const update = updateOf(optimizer, { ...look, step });
      const taken = next((frame) => frame.step === step && frame.steps.length === 1);
      run.stepOnce();
      expect((await taken).steps[0]!.loss).toBeCloseTo(look.loss, 5);
      if (step === 2) break;
      const after = await run.look({ weight: 1, place: 3 });
      expect(after.value).toBeCloseTo(look.value + update.move, 6);
      for (const [name, value] of Object.entries(update.slots)) expect(after.slots[name]).toBeCloseTo(value, 7);
    }
    run.stop();
    await run.ended;
  });

  test("looks that overlap are answered one after the other, each with its own numbers", async () => {
    const { run, next } = startRun({ optimizer: "adam", startsPaused: true, network: small });
    await next(({ state }) => state === "paused");
    const places = [0, 3, 5, 3];
    const alone = [];
    for (const place of places) alone.push(await run.look({ weight: 1, place }));
    const wrong = run.look({ weight: 99, place: 0 });
    expect(await Promise.all(places.map((place) => run.look({ weight: 1, place })))).toEqual(alone);
    await expect(wrong).rejects.toThrow("There is no weight 0 in array 99");
    run.stop();
    await run.ended;
  });
});

test("a run whose loss is no number names the first layer that is bad", async () => {
  const { run, frames } = startRun({ optimizer: "sgd", learningRate: 1e30 });
  await run.ended;
  expect(frames.at(-1)).toMatchObject({ state: "failed" });
  expect(frames.at(-1)!.message).toMatch(/The first bad values are in .*layer "conv2d/);
});

test("a run is examined at each of its steps: hard digits first, dead units, and gradients by layer", async () => {
  const { run, frames, checkpoints } = startRun({ images: 32 });
  await run.ended;
  const model = makeNetwork({ device: "cpu" });
  const networks = new Networks(model, (at) => checkpoints.at(at as number));
  const [first, last] = [0, 2].map((at) =>
    examine(networks, { at, data: run.data!, loss: "categorical_crossentropy" }),
  );
  const { hardest, images, right, zeros } = await last!;
  expect(images).toBe(500);
  expect(right).toBeGreaterThan((await first!).right);
  const losses = hardest.map(({ loss }) => loss);
  expect(losses).toEqual([...losses].sort((a, b) => b - a));
  for (const { label, loss, probabilities } of hardest) expect(loss).toBeCloseTo(-Math.log(probabilities[label]!), 4);
  expect(zeros.map(({ layer, units }) => [layer, units])).toEqual([
    ["conv2d", 64],
    ["conv2d_1", 32],
    ["flatten", 18432],
    ["dense", 10],
  ]);
  const steps = frames.flatMap((frame) => frame.steps);
  expect(steps.map(({ gradients }) => gradients.length)).toEqual([3, 3]);
  for (const { gradients } of steps) for (const length of gradients) expect(length).toBeGreaterThan(0);
});

test("a run that is gone on with takes the steps that it would have taken", async () => {
  const whole = startRun({ images: 64, network: small });
  await whole.run.ended;
  const losses = whole.frames.flatMap(({ steps }) => steps.map(({ loss }) => loss));
  const half = startRun({ images: 64, network: small, startsPaused: true });
  await half.next(({ state }) => state === "paused");
  for (const step of [1, 2]) {
    const taken = half.next((frame) => frame.steps.some((each) => each.step === step));
    half.run.stepOnce();
    await taken;
  }
  const record = half.run.record();
  half.run.stop();
  await half.run.ended;
  const rest = startRun({ images: 64, network: small, startsPaused: true }, record);
  const paused = rest.next(({ doing }) => doing === "paused after step 2");
  await paused;
  rest.run.resume();
  await rest.run.ended;
  const all = rest.frames.flatMap(({ steps }) => steps);
  expect(all.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  all.forEach(({ loss }, index) => {
    expect(loss).toBeCloseTo(losses[index]!, 5);
  });
});

test("scrubbing to a kept step shows what a network with the weights of that step computes, in whatever order", async () => {
  const { run, checkpoints } = startRun({ images: 64, network: small });
  await run.ended;
  expect(checkpoints.steps).toEqual([0, 1, 2, 3, 4]);
  const networks = new Networks(makeNetwork({ device: "cpu", network: small }), (at) => checkpoints.at(at as number));
  const images = (run.data!.testImages.data as Float32Array).slice(0, 20 * 784);
  const answers = new Map<number, readonly number[]>();
  for (const at of [3, 0, 4, 1, 2]) answers.set(at, [...(await networks.predict(images, at)).data]);
  for (const at of checkpoints.steps) {
    const fresh = makeNetwork({ device: "cpu", network: small });
    fresh.setWeights([...checkpoints.at(at)]);
    const { data } = await fresh.predict(imagesTensor(images), { verbose: 0, batchSize: 64 });
    expect(answers.get(at)).toEqual([...data]);
    expect([...(await networks.predict(images, at)).data]).toEqual([...data]);
  }
});

describe("a device that is lost", () => {
  /** Losses of a run of four steps, by step, whose calls of these numbers are lost. */
  async function runWithout(...lostCalls: number[]) {
    const step = Model.prototype.trainOnBatch;
    let calls = 0;
    const spy = vi.spyOn(Model.prototype, "trainOnBatch").mockImplementation(function (this: Model, ...batch) {
      calls++;
      return lostCalls.includes(calls) ? Promise.reject(new DeviceError("The GPU was lost.")) : step.apply(this, batch);
    });
    const { run, frames } = startRun({ images: 64, checkpointEvery: 2, network: small });
    await run.ended;
    spy.mockRestore();
    const losses = new Map(frames.flatMap(({ steps }) => steps.map((each) => [each.step, each.loss] as const)));
    return { losses, last: frames.at(-1)! };
  }

  test("is replaced, and the history is that of a run that lost none", async () => {
    const [whole, lost] = [await runWithout(), await runWithout(4)];
    expect(whole.last.mishap).toBeUndefined();
    expect(lost.last).toMatchObject({ state: "finished", step: 4, checkpoints: [0, 2, 4] });
    expect(lost.last.mishap).toBe(
      "The device was lost after step 3. The run goes on from step 2, on a device that was started anew.",
    );
    expect([...lost.losses.keys()]).toEqual([1, 2, 3, 4]);
    for (const [step, loss] of lost.losses) expect(loss).toBeCloseTo(whole.losses.get(step)!, 5);
  });

  test("and lost again ends the run, and so does one that was never there", async () => {
    for (const lost of [await runWithout(4, 6), await runWithout(1)])
      expect(lost.last).toMatchObject({ state: "failed", message: "The GPU was lost." });
  });
});
