/** Hosts that do not give the threads that were asked for, and workers that end. */
import { Sequential } from "fovea";
import { Dense } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { afterEach, describe, expect, test } from "vitest";
import { builtin } from "../../../src/base/node.ts";
import { CpuDevice } from "../../../src/devices/cpu/cpu-device.ts";
import { availableCores } from "../../../src/devices/cpu/thread.ts";

const threads = builtin("node:worker_threads");
const { Worker } = threads;

/** Workers that were started since the last call of `watchWorkers`. */
const started: InstanceType<typeof Worker>[] = [];

/** Lets each new worker be seen, or refused. */
function watchWorkers(allow: (worker: number) => boolean = () => true): void {
  started.length = 0;
  let count = 0;
  threads.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      if (!allow(count++)) throw new Error("EAGAIN");
      super(...args);
      started.push(this);
    }
  };
}

afterEach(() => {
  threads.Worker = Worker;
});

const x = Array.from({ length: 64 }, (_, i) => [i / 64, 1]);
const y = x.map(([value]) => [2 * value! + 1]);

function lineModel(count: number) {
  const model = new Sequential([new Dense({ units: 1, kernelInitializer: "zeros", inputShape: [2] })]);
  const optimizer = new SGD({ learningRate: 0.3 });
  model.compile({ optimizer, loss: "mean_squared_error", device: "cpu", threads: count });
  return model;
}

/** Loss after some epochs, and what was said. */
async function fitLine(model: Sequential, epochs = 60) {
  let said = "";
  const write = (text: string) => {
    said += text;
  };
  const { history } = await model.fit(x, y, { epochs, shuffle: false, verbose: 2, write });
  return { loss: history.loss!.at(-1)!, said };
}

describe("a worker that ends while a model trains", () => {
  test("rejects the call at once, and the next one starts other threads", async () => {
    watchWorkers();
    const model = lineModel(2);
    const training = fitLine(model, 1_000_000);
    training.catch(() => {});
    while (started.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await model.predict(x, { verbose: 0 });
    void started[0]!.terminate();
    await expect(training).rejects.toThrow(/A worker of the CPU device ended, with exit code 1/);
    for (const { data } of model.getWeights()) expect([...data].every(Number.isFinite)).toBe(true);
    expect((await fitLine(model)).loss).toBeLessThan(1e-3);
    expect(started).toHaveLength(4);
  });
});

describe("a host that starts fewer threads", () => {
  test("those that there are do the work, and it is said once", async () => {
    const expected = await fitLine(lineModel(2));
    watchWorkers((worker) => worker < 2);
    const model = lineModel(4);
    const { loss, said } = await fitLine(model);
    expect(loss).toBe(expected.loss);
    expect(said).toContain("The CPU device runs on 2 worker threads instead of 4: this host starts no more of them.");
    expect((await fitLine(model)).said).not.toContain("instead of 4");
  });

  test("the calling thread does the work where there are none", async () => {
    watchWorkers(() => false);
    const { loss, said } = await fitLine(lineModel(4));
    expect(loss).toBeLessThan(1e-3);
    expect(said).toContain("The CPU device runs on the calling thread: worker threads cannot be started here: EAGAIN.");
    expect((await CpuDevice.start({ threads: 3 })).description).toMatch(/the calling thread \(worker threads cannot/);
  });
});

test("more threads than cores compute the same as others, and it is said once that fewer are faster", async () => {
  const cores = availableCores();
  const model = lineModel(cores + 3);
  const { loss, said } = await fitLine(model);
  expect(loss).toBeLessThan(1e-3);
  const notice = `The CPU device runs on ${cores + 3} worker threads, more than the ${cores} core`;
  expect(said.split(notice)).toHaveLength(2);
  expect((await fitLine(model)).said).not.toContain(notice);
  expect((await fitLine(lineModel(1))).said).not.toContain("fewer are faster");
});

test("a device that was asked to run on the calling thread does so without a word", async () => {
  const device = await CpuDevice.start({ inline: true });
  expect(device.description).toMatch(/, the calling thread$/);
  expect(device.notice).toBeUndefined();
});
