/** A model whose channels come first is the one whose channels come last, with its data turned. */
import { Sequential, tensor } from "fovea";
import {
  AdaptiveAveragePooling2D,
  Conv2D,
  Cropping2D,
  type DataFormat,
  Dense,
  Flatten,
  MaxPooling2D,
  UpSampling2D,
} from "fovea/layers";
import { expect, test } from "vitest";

function model(dataFormat: DataFormat): Sequential {
  const inputShape = dataFormat === "channels_first" ? [2, 8, 8] : [8, 8, 2];
  const made = new Sequential([
    new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", dataFormat, inputShape }),
    new MaxPooling2D({ dataFormat }),
    new UpSampling2D({ dataFormat }),
    new Cropping2D({ cropping: 1, dataFormat }),
    new AdaptiveAveragePooling2D({ outputSize: 2, dataFormat }),
    new Flatten({ dataFormat }),
    new Dense({ units: 2 }),
  ]);
  made.compile({ optimizer: "sgd", loss: "mse", device: "cpu" });
  return made;
}

test("it learns the same, to the last bit", async () => {
  const rows = 6;
  const pixel = (row: number, place: number, channel: number) => Math.sin(1.7 * ((row * 64 + place) * 2 + channel));
  const images = Array.from({ length: rows }, (_, row) => row);
  const last = images.flatMap((row) => Array.from({ length: 128 }, (_, i) => pixel(row, i >> 1, i & 1)));
  const first = images.flatMap((row) => Array.from({ length: 128 }, (_, i) => pixel(row, i % 64, Math.floor(i / 64))));
  const targets = tensor(
    Float32Array.from({ length: rows * 2 }, (_, i) => Math.cos(i)),
    [rows, 2],
  );
  const options = { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 } as const;

  const [a, b] = [model("channels_last"), model("channels_first")];
  b.setWeights(a.getWeights());
  const { history } = await a.fit(tensor(Float32Array.from(last), [rows, 8, 8, 2]), targets, options);
  const turned = tensor(Float32Array.from(first), [rows, 2, 8, 8]);
  expect((await b.fit(turned, targets, options)).history).toEqual(history);
  expect(history.loss![1]).toBeLessThan(history.loss![0]!);
});
