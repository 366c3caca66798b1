/** The engine in Node: the protocol over a channel of its own, and runs of the handout's network. */
import { readFileSync } from "node:fs";
import { tensor } from "fovea";
import { describe, expect, test, vi } from "vitest";
import { Checkpoints } from "../../lab/src/engine/checkpoints.ts";
import { EngineClient, type EngineWorker } from "../../lab/src/engine/client.ts";
import { readHalfFloats } from "../../lab/src/engine/half-floats.ts";
import { compileNetwork, makeHandout, Networks, readWeights } from "../../lab/src/engine/networks.ts";
import type { FromEngine, RunFrame, RunOptions, ToEngine } from "../../lab/src/engine/protocol.ts";
import { Run } from "../../lab/src/engine/run.ts";
import { EngineServer, type Handlers, type Port } from "../../lab/src/engine/server.ts";
import { shuffledRows } from "../../lab/src/engine/shuffle.ts";
import { parseSamples } from "../../lab/src/state/samples.ts";

const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

/** A server and a client that talk as a page and a worker do: copies of messages, later. */
function connect(handlers: Partial<Handlers>) {
  const worker: EngineWorker & { ended: boolean } = {
    ended: false,
    onmessage: null,
    onerror: null,
    postMessage: (message) => later(() => port.onmessage?.({ data: message } as MessageEvent<ToEngine>)),
    terminate() {
      this.ended = true;
    },
  };
  const port: Port = {
    onmessage: null,
    postMessage: (message, transfer) => {
      const data = structuredClone(message, { transfer });
      later(() => worker.onmessage?.({ data } as MessageEvent<FromEngine>));
    },
  };
  const later = (work: () => void) => setTimeout(work, 0);
  const server = new EngineServer(port, handlers as Handlers);
  const frames: RunFrame[] = [];
  const onCrash = vi.fn();
  const client = new EngineClient(() => worker, { onFrame: (frame) => frames.push(frame), onCrash });
  return { server, client, worker, frames, onCrash };
}

describe("a call", () => {
  test("resolves to the answer, whose arrays move", async () => {
    const probabilities = new Float32Array([0.25, 0.75]);
    const { client } = connect({ predict: () => ({ probabilities, ms: 1, device: "CPU" }) });
    const answer = await client.call("predict", { images: new Float32Array(784), at: "shipped" });
    expect([...answer.probabilities]).toEqual([0.25, 0.75]);
    expect(probabilities.length).toBe(0);
  });

  test("rejects with the engine's error", async () => {
    const { client } = connect({
      open: () => {
        throw new RangeError("Nothing there.");
      },
    });
    await expect(client.call("open", { weights: new ArrayBuffer(0), page: "" })).rejects.toMatchObject({
      name: "RangeError",
      message: "Nothing there.",
    });
  });

  test("is aborted on both sides, and the others go on", async () => {
    let seen: AbortSignal | undefined;
    const { client } = connect({
      evaluate: (_, { signal }) => {
        seen = signal;
        return new Promise(() => {});
      },
      pauseRun: () => null,
    });
    const controller = new AbortController();
    const input = { images: new Float32Array(0), labels: new Int32Array(0), at: "shipped" } as const;
    const call = client.call("evaluate", input, { signal: controller.signal });
    await client.call("pauseRun", null);
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    await expect(client.call("pauseRun", null)).resolves.toBeNull();
    expect(seen!.aborted).toBe(true);
  });

  test("tells of its progress", async () => {
    const { client } = connect({
      task: async (_, { progress }) => {
        progress(0.5);
        return "done";
      },
    });
    const parts: unknown[] = [];
    const input = { station: "see", task: "x", input: null };
    await expect(client.call("task", input, { onProgress: (part) => parts.push(part) })).resolves.toBe("done");
    expect(parts).toEqual([0.5]);
  });

  test("rejects when the worker dies, which is told; the next call starts another worker", async () => {
    const { client, worker, onCrash } = connect({ evaluate: () => new Promise(() => {}) });
    const call = client.call("evaluate", { images: new Float32Array(0), labels: new Int32Array(0), at: "shipped" });
    worker.onerror!({ message: "out of memory", preventDefault: () => {} } as unknown as ErrorEvent);
    await expect(call).rejects.toThrow("The engine stopped: out of memory.");
    expect(worker.ended).toBe(true);
    expect(onCrash).toHaveBeenCalledOnce();
  });
});

const frame = (step: number): RunFrame => ({
  run: 1,
  state: "running",
  doing: "training",
  step,
  totalSteps: 9,
  learningRate: 0.001,
  imagesPerSecond: 1,
  device: "",
  isHandout: true,
  layers: [],
  steps: [{ step, loss: 1, accuracy: 0, learningRate: 0.001, gradients: [] }],
  tests: [],
  checkpoints: [],
});

test("frames that the page has not painted yet are gathered, and no step is lost", async () => {
  const { server, client, frames } = connect({ pauseRun: () => null });
  await client.call("pauseRun", null);
  for (const step of [1, 2, 3, 4]) server.sendFrame(frame(step));
  await until(() => expect(frames.at(-1)?.step).toBe(4));
  expect(frames.map(({ steps }) => steps.map(({ step }) => step))).toEqual([[1], [2, 3, 4]]);
});

describe("numbers of 16 bits", () => {
  test.each([
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])("%x is %d", (bits, value) => {
    expect([...readHalfFloats(Uint16Array.of(bits).buffer)]).toEqual([value]);
  });
});

test("an epoch has each row once, in an order of its own that repeats", () => {
  const first = shuffledRows(1000, 7, 0);
  expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(shuffledRows(1000, 7, 0)).toEqual(first);
  expect(shuffledRows(1000, 7, 1)).not.toEqual(first);
  expect(shuffledRows(1000, 8, 0)).not.toEqual(first);
  // A row stays where it was once in a thousand.
  expect([...first].filter((row, at) => row === at).length).toBeLessThan(10);
});

test("checkpoints are thinned: the first and the last stay, and never more than asked for", () => {
  const checkpoints = new Checkpoints(8);
  for (let step = 0; step <= 500; step += 10) {
    checkpoints.keep(step, [tensor([step])]);
    expect(checkpoints.steps.length).toBeLessThanOrEqual(8);
    expect(checkpoints.steps.at(0)).toBe(0);
    expect(checkpoints.steps.at(-1)).toBe(step);
  }
  expect(checkpoints.at(500)[0]!.data[0]).toBe(500);
  expect(() => checkpoints.at(7)).toThrow(/No weights are kept of step 7; those of 0, /);
});

const asset = (name: string) => {
  const bytes = readFileSync(new URL(`../../lab/assets/${name}`, import.meta.url));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};

describe("the shipped network", () => {
  const digits = parseSamples(new Uint8Array(asset("digits.u8")));
  const handout = compileNetwork(makeHandout(), { device: "cpu" });
  const shipped = readWeights(asset("weights.f16"), handout);
  const networks = new Networks(handout, () => shipped);

  test("is the handout's, with receptive fields", () => {
    const { parameters, layers } = networks.info;
    expect(parameters).toBe(203_434);
    expect(layers.map(({ shape }) => shape)).toEqual([[26, 26, 64], [24, 24, 32], [18432], [10]]);
    expect(layers[1]!.field).toEqual({ size: [5, 5], jump: [1, 1], start: [2, 2] });
  });

  test("reads 7 2 1 0, and nearly all of the hundred", async () => {
    const four = await networks.predict(digits.images.slice(0, 4 * 784), "shipped");
    expect([...four.argMax().data]).toEqual([7, 2, 1, 0]);
    const all = await networks.predict(digits.images, "shipped");
    const right = [...all.argMax().data].filter((digit, index) => digit === digits.labels[index]);
    expect(right.length).toBeGreaterThan(96);
    // Few images and many go different ways.
    for (let i = 0; i < 40; i++) expect(Math.abs(all.data[i]! - four.data[i]!)).toBeLessThan(1e-5);
  });

  test("shows every layer of one image", async () => {
    const outputs = await networks.observe(digits.images.slice(0, 784), "shipped");
    expect(outputs.map(({ shape }) => shape)).toEqual([
      [1, 26, 26, 64],
      [1, 24, 24, 32],
      [1, 18432],
      [1, 10],
    ]);
    expect([...outputs[2]!.data]).toEqual([...outputs[1]!.data]);
  });

  test("a file of another length is refused", () => {
    expect(() => readWeights(asset("digits.u8"), handout)).toThrow(/has \d+ numbers, the network 203434/);
    expect(() => parseSamples(new Uint8Array(100))).toThrow(/no whole number of digits/);
  });
});

describe("a run", () => {
  const options: RunOptions = {
    optimizer: "adam",
    loss: "categorical_crossentropy",
    data: "digits",
    images: 64,
    epochs: 2,
    batchSize: 32,
    learningRate: 0.001,
    device: "cpu",
    seed: 7,
    checkpointEvery: 2,
  };

  /** @param pauseAfter the step after which the run is told to pause */
  function begin(change: Partial<RunOptions> = {}, pauseAfter?: number) {
    const frames: RunFrame[] = [];
    const checkpoints = new Checkpoints();
    const run = new Run(
      1,
      { ...options, ...change },
      {
        ...{ page: "", checkpoints },
        send: (frame) => {
          frames.push(frame);
          if (frame.steps.some(({ step }) => step === pauseAfter)) run.pause();
        },
      },
    );
    const losses = () => frames.flatMap(({ steps }) => steps.map(({ loss }) => loss));
    const reaches = (doing: RegExp) => until(() => expect(frames.at(-1)?.doing).toMatch(doing));
    return { run, frames, checkpoints, losses, reaches };
  }

  test("learns, tells every step, and repeats itself", async () => {
    const [first, second] = [begin(), begin()];
    await Promise.all([first.run.ended, second.run.ended]);
    expect(first.losses()).toHaveLength(4);
    expect(second.losses()).toEqual(first.losses());
    expect(first.losses().at(-1)).toBeLessThan(first.losses()[0]!);
    expect(first.frames.at(-1)).toMatchObject({ state: "finished", step: 4, totalSteps: 4, checkpoints: [0, 2, 4] });
    expect(first.frames.flatMap(({ tests }) => tests.map(({ step, epoch }) => [step, epoch]))).toEqual([
      [1, undefined],
      [2, 1],
      [3, undefined],
      [4, 2],
    ]);
  });

  test("pauses after the step in flight, takes exactly one step when told, and goes on to the same end", async () => {
    const whole = begin();
    await whole.run.ended;
    const parts = begin({}, 1);
    await parts.reaches(/^paused after step 1/);
    const before = parts.losses().length;
    expect(before).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(parts.losses().length).toBe(before);
    parts.run.stepOnce();
    await until(() => expect(parts.losses().length).toBe(before + 1));
    await parts.reaches(/^paused/);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(parts.losses().length).toBe(before + 1);
    expect(parts.checkpoints.steps).toContain(before + 1);
    parts.run.resume();
    await parts.run.ended;
    expect(parts.losses()).toEqual(whole.losses());
  });

  test("takes another learning rate in its midst", async () => {
    const { run, frames, checkpoints, losses, reaches } = begin({}, 1);
    await reaches(/^paused after step 1/);
    const taken = losses().length;
    run.setLearningRate(0);
    run.stepOnce();
    await until(() => expect(losses()).toHaveLength(taken + 1));
    await reaches(/^paused/);
    const [before, after] = checkpoints.steps.slice(-2).map((step) => checkpoints.at(step));
    run.stop();
    await run.ended;
    expect(frames.at(-1)).toMatchObject({ state: "stopped", learningRate: 0 });
    for (const [index, weight] of after!.entries()) expect([...weight.data]).toEqual([...before![index]!.data]);
  });

  test("takes to heart what it is told before it has begun", async () => {
    const { run, losses, reaches } = begin();
    run.pause();
    run.stepOnce();
    await reaches(/^paused after step 1/);
    expect(losses()).toHaveLength(1);
    run.stop();
    await run.ended;
  });

  test("stops where it is told to, before its first step too", async () => {
    const { run, frames } = begin();
    run.stop();
    await run.ended;
    expect(frames.at(-1)).toMatchObject({ state: "stopped", step: 0 });
  });

  test("a loss that is no number ends it, with what to do", async () => {
    const { run, frames } = begin({ learningRate: 1e30, epochs: 20 });
    await run.ended;
    expect(frames.at(-1)).toMatchObject({ state: "failed" });
    expect(frames.at(-1)!.message).toMatch(/loss/i);
  });
});
