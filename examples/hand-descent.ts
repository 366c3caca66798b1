/** Gradient descent by hand: a loss of weights and data, its gradient by `valueAndGrad`, and the same by SGD in `fit`. */
import { type DeviceName, jit, Sequential, type Sym, type Tensor, tensor, valueAndGrad } from "fovea";
import { Dense } from "fovea/layers";
import { add, matmul, mean, square, subtract, tanh } from "fovea/ops";
import { SGD } from "fovea/optimizers";

type Parameters<T> = { readonly kernel: T; readonly bias: T };

const loss = ({ kernel, bias }: Parameters<Sym>, x: Sym, y: Sym) =>
  mean(square(subtract(tanh(add(matmul(x, kernel), bias)), y)));

const rate = 0.5;
const descend = (weight: Tensor, slope: Tensor) =>
  tensor(
    weight.data.map((value, i) => value - rate * slope.data[i]!),
    weight.shape,
  );

export async function descendByHand(device: DeviceName) {
  const x = tensor(
    Float32Array.from({ length: 10 * 3 }, (_, i) => Math.sin(i * 4.7)),
    [10, 3],
  );
  const y = tensor(
    Float32Array.from({ length: 10 }, (_, i) => Math.cos(i)),
    [10, 1],
  );
  const start = { kernel: tensor([[0.1], [-0.2], [0.3]]), bias: tensor([0.05]) };

  const step = jit(valueAndGrad(loss), { device });
  let weights = start;
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const [value, slopes] = await step(weights, x, y);
    losses.push(value.item());
    weights = { kernel: descend(weights.kernel, slopes.kernel), bias: descend(weights.bias, slopes.bias) };
  }

  const model = new Sequential([new Dense({ units: 1, activation: "tanh", inputShape: [3] })]);
  model.setWeights([start.kernel, start.bias]);
  model.compile({ optimizer: new SGD({ learningRate: rate }), loss: "mse", device });
  const { history } = await model.fit(x, y, { epochs: 20, batchSize: 10, shuffle: false, verbose: 0 });
  return { losses, history, weights: [weights.kernel, weights.bias], fitted: model.getWeights() };
}
