import { tensor } from "fovea";
import { Callback } from "fovea/callbacks";
import { describe, expect, test } from "vitest";
import { CallBook, powerRows, seededCnn, silent, stripes, weightValues, zeroModel } from "./small-models.ts";

/** Aborts after a batch of the whole training. */
class AbortAfter extends Callback {
  readonly controller = new AbortController();
  #left: number;
  constructor(batches: number) {
    super();
    this.#left = batches;
  }
  override onTrainBatchEnd(): void {
    if (--this.#left === 0) this.controller.abort(new Error("enough"));
  }
}

const { images, labels } = stripes(20);

describe("an AbortSignal", () => {
  test.each(["reference", "cpu"] as const)(
    "fit rejects with the reason and keeps what was reached, on %s",
    async (device) => {
      const model = seededCnn({ device, threads: 2 });
      const abort = new AbortAfter(6);
      const options = { batchSize: 5, shuffle: false, ...silent };
      await expect(
        model.fit(images, labels, { epochs: 9, callbacks: [abort], signal: abort.controller.signal, ...options }),
      ).rejects.toThrow("enough");
      expect(model.history!.epoch).toEqual([0]);
      expect(model.history!.history.loss).toHaveLength(1);
      // Four steps of the first epoch and two of the second.
      const twin = seededCnn({ device, threads: 2 });
      await twin.fit(images, labels, options);
      await twin.fit(images.slice(0, 10), labels.slice(0, 10), options);
      expect(weightValues(model)).toEqual(weightValues(twin));
    },
  );

  test("the model is usable afterwards", async () => {
    const model = seededCnn({ device: "cpu", threads: 1 });
    const abort = new AbortAfter(1);
    await expect(
      model.fit(images, labels, { callbacks: [abort], signal: abort.controller.signal, ...silent }),
    ).rejects.toThrow("enough");
    const history = await model.fit(images, labels, { epochs: 40, ...silent });
    expect(history.history.loss!.at(-1)).toBeLessThan(history.history.loss![0]!);
    expect((await model.predict(images, silent)).shape).toEqual([20, 3]);
  });

  test("that is aborted already: nothing is trained", async () => {
    const model = seededCnn();
    const before = weightValues(model);
    await expect(model.fit(images, labels, { signal: AbortSignal.abort("no"), ...silent })).rejects.toBe("no");
    expect(model.history!.epoch).toEqual([]);
    expect(weightValues(model)).toEqual(before);
  });

  test("without a callback that watches batches, a timer's abort is heard", async () => {
    // Epochs of a millisecond, on a device that never leaves the event loop a turn.
    const model = zeroModel();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("too long")), 60);
    const [x, y] = powerRows(4);
    await expect(model.fit(x, y, { epochs: 10_000_000, signal: controller.signal, ...silent })).rejects.toThrow(
      "too long",
    );
  });

  test("during validation", async () => {
    class AbortInTest extends CallBook {
      readonly controller = new AbortController();
      override onTestBatchEnd(batch: number): void {
        super.onTestBatchEnd(batch, {});
        this.controller.abort(new Error("no test"));
      }
    }
    const model = zeroModel();
    const abort = new AbortInTest();
    const [x, y] = powerRows(4);
    await expect(
      model.fit(x, y, {
        validationData: [x, y],
        validationBatchSize: 1,
        callbacks: [abort],
        signal: abort.controller.signal,
        ...silent,
      }),
    ).rejects.toThrow("no test");
    expect(abort.calls.filter((call) => call === "epoch_end 0")).toEqual([]);
    expect(abort.calls.filter((call) => call.startsWith("test_batch_end")).length).toBeLessThan(4);
  });

  test("evaluate and predict hear it too", async () => {
    const model = seededCnn();
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(model.evaluate(images, labels, { signal, ...silent })).rejects.toThrow("stop");
    await expect(model.predict(images, { signal, ...silent })).rejects.toThrow("stop");
    expect((await model.predict(images, silent)).shape).toEqual([20, 3]);
  });
});

test.each(["reference", "cpu"] as const)(
  "while fit runs on %s, another one is refused, and others are answered",
  async (device) => {
    const model = seededCnn({ device, threads: 2 });
    const first = model.fit(images, labels, { epochs: 2, ...silent });
    const message = `Model "${model.name}" is still busy with an earlier call of fit; await it before the next one.`;
    await expect(model.fit(images, labels, silent)).rejects.toThrow(message);
    const answers = [model.predict(images, silent), model.evaluate(images, labels, silent)] as const;
    await expect(model.trainOnBatch(images, labels)).rejects.toThrow(message);
    expect(() => model.compile({ optimizer: "sgd", loss: "mse" })).toThrow(message);
    expect((await first).epoch).toEqual([0, 1]);
    expect((await answers[0]).shape).toEqual([20, 3]);
    expect((await answers[1]).loss).toBeGreaterThan(0);
    const twin = seededCnn({ device, threads: 2 });
    await twin.fit(images, labels, { epochs: 2, ...silent });
    expect(weightValues(model)).toEqual(weightValues(twin));
    await expect(model.predict(tensor(images.data, images.shape), silent)).resolves.toBeDefined();
  },
);
