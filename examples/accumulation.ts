/** Gradient accumulation: four batches, and one update by their mean, are one batch of four times the size. */
import { type DeviceName, Sequential, setSeed, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { Adam } from "fovea/optimizers";

export async function trainAccumulating(device: DeviceName) {
  const rows = 48;
  const x = tensor(
    Float32Array.from({ length: rows * 3 }, (_, i) => Math.sin(i * 2.3)),
    [rows, 3],
  );
  const y = Float32Array.from({ length: rows }, (_, row) => x.data[row * 3]! * x.data[row * 3 + 1]!);
  const train = async (batchSize: number, gradientAccumulationSteps: number | null) => {
    setSeed(9);
    const model = new Sequential([
      new Dense({ units: 5, activation: "tanh", inputShape: [3] }),
      new Dense({ units: 1 }),
    ]);
    model.compile({ optimizer: new Adam({ learningRate: 0.01, gradientAccumulationSteps }), loss: "mse", device });
    const before = model.getWeights();
    await model.fit(x, y, { epochs: 3, batchSize, shuffle: false, verbose: 0 });
    return { before, after: model.getWeights() };
  };
  return { large: await train(16, null), small: await train(4, 4), smallAlone: await train(4, null) };
}
