/** A generative adversarial network: an own `trainStep` with two optimizers in one compiled step. */
import { type DeviceName, Model, Sequential, type StepBatch, type Sym, setSeed, type TrainStep, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { binaryCrossentropy, concatenate, mean, onesLike, random, stopGradient, zerosLike } from "fovea/ops";
import { Adam } from "fovea/optimizers";

const judgedAs = (target: Sym, logits: Sym) => mean(binaryCrossentropy(target, logits, { fromLogits: true }));

class Gan extends Model {
  readonly generator = new Sequential([new Dense({ units: 16, activation: "relu" }), new Dense({ units: 2 })]);
  readonly discriminator = new Sequential([
    new Dense({ units: 16, activation: "leaky_relu" }),
    new Dense({ units: 16, activation: "leaky_relu" }),
    new Dense({ units: 1 }),
  ]);
  readonly gOptimizer = new Adam({ learningRate: 0.01, beta1: 0.5 });
  readonly dOptimizer = new Adam({ learningRate: 0.01, beta1: 0.5 });

  /** Noise in, points out. */
  override call(noise: Sym) {
    return this.generator.apply(noise);
  }

  override trainStep({ x }: StepBatch, step: TrainStep) {
    const fake = this.generator.apply(random.normal([step.rows, 4]));
    const real = this.discriminator.apply(x);
    const judged = this.discriminator.apply(stopGradient(fake));
    const both = concatenate([real, judged], -1);
    const dLoss = judgedAs(concatenate([onesLike(real), zerosLike(judged)], -1), both);
    step.minimize(dLoss, this.discriminator.trainableWeights, this.dOptimizer);
    // What is read of the discriminator from here on is its new value.
    const again = this.discriminator.apply(fake);
    const gLoss = judgedAs(onesLike(again), again);
    step.minimize(gLoss, this.generator.trainableWeights, this.gOptimizer);
    return { dLoss, gLoss };
  }
}

export async function trainGan(device: DeviceName) {
  setSeed(6);
  const rows = 128;
  // Points around (2, −1).
  const points = Float32Array.from(
    { length: rows * 2 },
    (_, i) => (i % 2 === 0 ? 2 : -1) + 0.3 * Math.sin(i * 12.9898),
  );
  const gan = new Gan();
  gan.compile({ device });
  const noise = tensor(
    Float32Array.from({ length: 64 * 4 }, (_, i) => 1.4 * Math.sin(i * 78.233)),
    [64, 4],
  );
  const before = await gan.predict(noise, { verbose: 0 });
  const { history } = await gan.fit(tensor(points, [rows, 2]), undefined, { epochs: 60, batchSize: 64, verbose: 0 });
  const after = await gan.predict(noise, { verbose: 0 });
  const counts = [gan.dOptimizer, gan.gOptimizer].map(({ iteration }) => iteration.value[0]);
  return { history, before, after, counts };
}
