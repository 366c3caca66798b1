/** Checks of the examples about data and callbacks. */
import { Dataset, type DeviceName } from "fovea";
import { expect, test } from "vitest";
import { trainWatched } from "../../examples/callbacks.ts";
import { datasetKinds, trainOnDataset, trainOnTensors } from "../../examples/datasets.ts";
import { imagesOf, makeModel, sizes, trainOnSizes } from "../../examples/image-sizes.ts";
import { distance, mean } from "./numbers.ts";

export function checkData(device: DeviceName): void {
  test("data of every form trains as the same rows in tensors do", async () => {
    const wanted = await trainOnTensors(device);
    for (const kind of datasetKinds) {
      const { history, weights, predicted, logs, closed } = await trainOnDataset(device, kind);
      weights.forEach((weight, i) => {
        expect(distance(weight.data, wanted.weights[i]!.data), kind).toBeLessThan(1e-6);
      });
      expect(Object.keys(history).sort()).toEqual(["loss", "val_loss"]);
      for (const name of ["loss", "val_loss"])
        expect(distance(history[name]!, wanted.history[name]!), `${kind} ${name}`).toBeLessThan(1e-5);
      expect(distance(predicted.data, wanted.predicted.data)).toBeLessThan(1e-6);
      expect(logs.loss).toBeCloseTo(wanted.history.val_loss!.at(-1)!, 5);
      // An endless source is closed once, when it is no longer needed.
      expect(closed).toBe(kind === "stream" || kind === "endless" ? 1 : 0);
    }
  });

  test("images of several sizes in one fit and predict, as models of fixed sizes see them", async () => {
    const { model, first, history } = await trainOnSizes(device);
    const last = await model.evaluate(
      Dataset.from(() => sizes.map(([height, width]) => imagesOf(height, width))),
      { verbose: 0 },
    );
    expect(last.loss).toBeLessThan(0.5 * first.loss!);
    expect(history.loss!.at(-1)).toBeLessThan(history.loss![0]!);
    const losses: number[] = [];
    for (const [height, width] of sizes) {
      const [images, labels] = imagesOf(height, width);
      const fixed = makeModel(device, height, width);
      fixed.setWeights(model.getWeights());
      const wanted = await fixed.predict(images, { verbose: 0 });
      const given = await model.predict(images, { verbose: 0 });
      expect(given.shape).toEqual([4, 2]);
      expect(distance(given.data, wanted.data)).toBeLessThan(1e-6);
      losses.push(...[...labels].map((label, row) => -Math.log(wanted.data[row * 2 + label]!)));
    }
    expect(last.loss).toBeCloseTo(mean(losses), 4);
  });

  test("one step of a model for any size is a step of the model for that size", async () => {
    const any = makeModel(device, null, null);
    for (const [height, width] of sizes) {
      const [images, labels] = imagesOf(height, width);
      const fixed = makeModel(device, height, width);
      fixed.setWeights(any.getWeights());
      expect((await any.trainOnBatch(images, labels)).loss).toBeCloseTo(
        (await fixed.trainOnBatch(images, labels)).loss!,
        5,
      );
      any.getWeights().forEach((weight, i) => {
        expect(distance(weight.data, fixed.getWeights()[i]!.data)).toBeLessThan(1e-6);
      });
    }
  });

  test("callbacks of every kind see the model, ask it, and change it", async () => {
    const { history, losses, batches, watcher, model, seen } = await trainWatched(device);
    expect(losses).toEqual(history.loss);
    expect(losses.length).toBe(4);
    expect(batches).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(seen).toEqual([model]);
    // The rate of epoch 1 was 0: nothing was learnt in it.
    expect(watcher.evaluated[1]!.loss).toBe(watcher.evaluated[0]!.loss);
    expect(watcher.predicted[1]).toBe(watcher.predicted[0]);
    expect(watcher.evaluated[2]!.loss).toBeLessThan(watcher.evaluated[1]!.loss!);
    // The first row is x = 0, so the answer is the bias.
    expect(watcher.predicted.at(-1)).toBeCloseTo(model.getWeights()[1]!.data[0]!, 6);
  });
}
