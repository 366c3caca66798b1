/** A model is a layer: a trained base is frozen under a new head, and lends its inner outputs as a feature extractor. */
import { type DeviceName, input, Model, Sequential, setSeed, tensor } from "fovea";
import { BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D } from "fovea/layers";
import { Adam } from "fovea/optimizers";

export async function trainOnFrozenBase(device: DeviceName) {
  setSeed(2);
  const rows = 48;
  const images = tensor(
    Float32Array.from({ length: rows * 36 }, (_, i) => Math.sin(i * i) + (Math.floor(i / 36) % 2)),
    [rows, 6, 6, 1],
  );
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);

  const base = new Sequential(
    [
      new Conv2D({ filters: 3, kernelSize: 3, name: "edges", inputShape: [6, 6, 1] }),
      new BatchNormalization({ momentum: 0.5 }),
      new Conv2D({ filters: 4, kernelSize: 3, activation: "relu", name: "shapes" }),
      new GlobalAveragePooling2D(),
    ],
    { name: "base" },
  );
  const before = base.getWeights();

  const withHead = (options: { training?: boolean }) => {
    const x = input({ shape: [6, 6, 1] });
    const head = new Dense({ units: 2, activation: "softmax" });
    const model = new Model({ inputs: x, outputs: head.apply(base.apply(x, options)) });
    model.compile({ optimizer: new Adam({ learningRate: 0.05 }), loss: "sparse_categorical_crossentropy", device });
    return model;
  };

  base.trainable = false;
  const net = withHead({ training: false });
  // In inference mode the loss of a training step is that of a test step, though BatchNormalization is inside.
  const tested = await net.testOnBatch(images, labels);
  const trained = await net.trainOnBatch(images, labels);
  await net.fit(images, labels, { epochs: 40, batchSize: 16, verbose: 0 });
  const learnt = await net.testOnBatch(images, labels);
  const after = base.getWeights();
  const trainable = net.trainableWeights.length;

  // Not frozen, and without `training: false`, the batch's own moments count, and the averages move.
  base.trainable = true;
  const free = withHead({});
  const freeTested = await free.testOnBatch(images, labels);
  const freeTrained = await free.trainOnBatch(images, labels);
  const moved = base.getWeights();

  const maps = new Model({
    inputs: base.inputs,
    outputs: base.layers.filter((layer) => layer instanceof Conv2D).map((layer) => layer.output),
  });
  const [edges, shapes] = await maps.predict([images], { verbose: 0 });
  return {
    tested,
    trained,
    learnt,
    before,
    after,
    freeTested,
    freeTrained,
    moved,
    edges,
    shapes,
    trainable,
    base,
    images,
  };
}
