/** Data sets in `fit`: who waits for whom, and who is told of the end. */
import { Dataset, input, Model, tensor } from "fovea";
import type { CallbackMethods } from "fovea/callbacks";
import { Activation } from "fovea/layers";
import { describe, expect, test } from "vitest";
import { LogBook, powerRows, rowsIn, silent, zeroModel } from "./small-models.ts";

const [x, y] = powerRows(10);
const pause = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

/** Batches of one row, and whether their reading has ended. */
function watched(each: (batch: number) => unknown = () => {}, count = 10) {
  const seen = { opened: 0, closed: 0, read: 0 };
  const source = {
    async *[Symbol.asyncIterator]() {
      seen.opened++;
      try {
        for (let i = 0; i < count; i++) {
          await each(i);
          seen.read++;
          yield [x.slice(i, i + 1), y.slice(i, i + 1)];
        }
      } finally {
        seen.closed++;
      }
    },
  };
  return { seen, source };
}

describe.each(["reference", "cpu"] as const)("on %s", (device) => {
  const options = { device, threads: 1 };

  test("training ends early: the source is closed before fit returns", async () => {
    const model = zeroModel(options);
    type Ending = (controller: AbortController) => CallbackMethods;
    const endings: readonly (readonly [error: string | undefined, callbacks: Ending])[] = [
      [
        undefined,
        () => ({
          onTrainBatchEnd(batch) {
            model.stopTraining = batch === 2;
          },
        }),
      ],
      [
        "enough",
        (controller) => ({ onTrainBatchEnd: (batch) => batch === 2 && controller.abort(new Error("enough")) }),
      ],
      [
        "in the callback",
        () => ({
          onTrainBatchBegin(batch) {
            if (batch === 3) throw new Error("in the callback");
          },
        }),
      ],
    ];
    for (const [error, callbacksOf] of endings)
      for (const given of [{}, { stepsPerEpoch: 5, epochs: 2 }]) {
        const { seen, source } = watched();
        const controller = new AbortController();
        const callbacks = callbacksOf(controller);
        const run = model.fit(Dataset.from(source), { callbacks, signal: controller.signal, ...given, ...silent });
        if (error === undefined) await run;
        else await expect(run).rejects.toThrow(error);
        expect([seen.opened, seen.closed]).toEqual([1, 1]);
        expect(seen.read).toBeLessThan(10);
      }
  });

  test("an error of the source comes out with its stage, and closes it; the model can go on", async () => {
    const model = zeroModel(options);
    const { seen, source } = watched((batch) => {
      if (batch === 4) throw new Error("the disk is gone");
    });
    await expect(model.fit(Dataset.from(source), silent)).rejects.toThrow("the disk is gone");
    expect(seen).toEqual({ opened: 1, closed: 1, read: 4 });
    const bad = watched();
    const mapped = Dataset.from(bad.source).map((batch) => {
      if (bad.seen.read === 3) throw new Error("cannot decode");
      return batch;
    });
    const error = await model.fit(mapped, silent).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(`${error?.message} ${(error?.cause as Error | undefined)?.message}`).toMatch(/cannot decode/);
    expect(error?.message).toMatch(/map/);
    expect(bad.seen.closed).toBe(1);
    expect((await model.fit(x, y, silent)).epoch).toEqual([0]);
  });

  test("stepsPerEpoch goes on where the last epoch ended, and begins anew at the end of the data", async () => {
    const model = zeroModel(options);
    const { seen, source } = watched();
    const book = new LogBook();
    await model.fit(Dataset.from(source), { stepsPerEpoch: 4, epochs: 4, shuffle: false, callbacks: book, ...silent });
    // Means of four rows of losses 4ⁱ each.
    const epochs = book.epochs.map(({ loss }) => rowsIn(4 * loss!));
    expect(epochs).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [0, 1, 8, 9],
      [2, 3, 4, 5],
    ]);
    expect([seen.opened, seen.closed]).toEqual([2, 2]);
  });

  test("data that goes bad with stepsPerEpoch is found in its own batch", async () => {
    const model = zeroModel(options);
    const bad = tensor(Float32Array.from(y.data, (value, i) => (i === 2 ? Number.NaN : value)));
    // Steps that run ahead have overwritten the batch before its loss is seen.
    for (const shuffle of [false, true])
      await expect(model.fit(x, bad, { batchSize: 1, stepsPerEpoch: 15, shuffle, ...silent })).rejects.toThrow(
        "The targets of this batch hold NaN",
      );
  });
});

test("batches with and without sample weights take turns", async () => {
  const row = (i: number) => [x.slice(i, i + 1), y.slice(i, i + 1)];
  function* batches() {
    for (const i of [0, 1, 2, 3]) yield i % 2 === 0 ? [...row(i), tensor([0.5])] : row(i);
  }
  const book = new LogBook();
  await zeroModel().fit(batches(), { shuffle: false, callbacks: book, ...silent });
  // Losses 1, 4, 16 and 64, some of them halved.
  expect(book.batchSums([1, 1, 1, 1]).map((sum) => Math.round(2 * sum))).toEqual([1, 8, 16, 128]);
});

test("predict tells outputs of different shapes of one size apart", async () => {
  const image = input({ shape: [null, null] });
  const same = new Model({ inputs: image, outputs: new Activation({ activation: "relu" }).apply(image) });
  function* batches() {
    yield tensor(new Float32Array(6), [1, 2, 3]);
    yield tensor(new Float32Array(6), [1, 3, 2]);
  }
  await expect(same.predict(batches(), silent)).rejects.toThrow("(None, 2, 3) and (None, 3, 2)");
});

// That a quick one is not: test/view/progress-line.test.ts, whose clock is its own.
test("a slow source is named", async () => {
  let text = "";
  const { source } = watched(() => pause(20));
  await zeroModel().fit(Dataset.from(source), { verbose: 2, write: (more) => (text += more) });
  expect(text).toMatch(/waiting for data \d+ ?%/);
});
