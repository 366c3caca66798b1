/** A critic with a gradient penalty, as in WGAN-GP: its loss holds a gradient, so training takes second derivatives. */
import {
  type DeviceName,
  gradients,
  Model,
  Sequential,
  type StepBatch,
  type Sym,
  setSeed,
  type TrainStep,
  tensor,
} from "fovea";
import { Dense } from "fovea/layers";
import { add, mean, multiply, negative, random, shape, sqrt, square, subtract, sum } from "fovea/ops";
import { Adam } from "fovea/optimizers";

class Critic extends Model {
  readonly judge = new Sequential([
    new Dense({ units: 8, activation: "tanh" }),
    new Dense({ units: 8, activation: "tanh" }),
    new Dense({ units: 1 }),
  ]);

  override call(x: Sym) {
    return this.judge.apply(x);
  }

  /** The mean of (‖∂ judge / ∂ x‖ − 1)², row by row. Gulrajani et al. 2017. */
  penalty(x: Sym) {
    const [slope] = gradients(this.judge.apply(x), [x]);
    const norm = sqrt(add(sum(square(slope), -1), 1e-12));
    return mean(square(subtract(norm, 1)));
  }

  override trainStep({ x }: StepBatch, step: TrainStep) {
    const fake = random.normal(shape(x));
    const share = random.uniform([step.rows, 1]);
    const between = add(multiply(share, x), multiply(subtract(1, share), fake));
    const penalty = this.penalty(between);
    const distance = subtract(mean(this.judge.apply(x)), mean(this.judge.apply(fake)));
    step.minimize(add(negative(distance), multiply(penalty, 10)), this.trainableWeights);
    return { distance, penalty };
  }
}

export async function trainCritic(device: DeviceName) {
  setSeed(11);
  const points = tensor(
    Float32Array.from({ length: 64 * 2 }, (_, i) => 3 + Math.sin(i * 5.1)),
    [64, 2],
  );
  const critic = new Critic();
  critic.compile({ optimizer: new Adam({ learningRate: 0.01 }), device });
  const { history } = await critic.fit(points, undefined, { epochs: 60, batchSize: 32, verbose: 0 });
  return { history, critic, points };
}
