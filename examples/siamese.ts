/** A siamese network: one encoder for two inputs, trained by the contrastive loss of their distance. */
import { type DeviceName, input, Model, Sequential, type Sym, setSeed, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { add, maximum, multiply, sqrt, square, subtract, sum } from "fovea/ops";
import { Adam } from "fovea/optimizers";

const margin = 1;

/** y·d² + (1 − y)·max(margin − d, 0)², y = 1 for pairs of one kind. Hadsell, Chopra, LeCun 2006. */
export const contrastive = (same: Sym, distance: Sym) =>
  add(multiply(same, square(distance)), multiply(subtract(1, same), square(maximum(subtract(margin, distance), 0))));

export async function trainSiamese(device: DeviceName) {
  setSeed(8);
  const rows = 80;
  // Two kinds of waves, each with a phase of its own that says nothing.
  const wave = (kind: number, phase: number) =>
    Array.from({ length: 8 }, (_, t) => Math.sin((kind + 1) * t * 0.8 + phase));
  const kinds = Array.from({ length: rows }, (_, row) => [row % 2, Math.floor(row / 2) % 2] as const);
  const left = tensor(kinds.map(([kind], row) => wave(kind, row * 0.37)));
  const right = tensor(kinds.map(([, kind], row) => wave(kind, row * 0.91)));
  const same = Float32Array.from(kinds, ([a, b]) => (a === b ? 1 : 0));

  const encoder = new Sequential([
    new Dense({ units: 16, activation: "relu", inputShape: [8] }),
    new Dense({ units: 16, activation: "relu" }),
    new Dense({ units: 3 }),
  ]);
  const a = input({ shape: [8] });
  const b = input({ shape: [8] });
  // Functions of "fovea/ops" take symbolic tensors, too.
  const difference = subtract(encoder.apply(a), encoder.apply(b));
  const distance = sqrt(add(sum(square(difference), -1, { keepdims: true }), 1e-6));
  const model = new Model({ inputs: [a, b], outputs: distance });
  model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: contrastive, device });
  const first = await model.testOnBatch([left, right], same);
  await model.fit([left, right], same, { epochs: 50, batchSize: 20, verbose: 0 });
  const last = await model.testOnBatch([left, right], same);
  const distances = await model.predict([left, right], { verbose: 0 });
  return { first, last, distances, same, weights: model.weights.length };
}
