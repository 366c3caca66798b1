/** Training of one's own in the public API: losses, steps, several optimizers, derivatives of derivatives. */
import {
  gradients,
  input,
  jit,
  Model,
  type Nested,
  Sequential,
  type StepBatch,
  type StepValues,
  type Sym,
  setSeed,
  type Tensor,
  type TrainStep,
  tensor,
  valueAndGrad,
} from "fovea";
import { type CallContext, Dense, Layer } from "fovea/layers";
import * as ops from "fovea/ops";
import { SGD } from "fovea/optimizers";
import { expect, test } from "vitest";

const silent = { verbose: 0 } as const;
const wave = (rows: number, width: number, phase = 0) =>
  tensor(
    Float32Array.from({ length: rows * width }, (_, i) => Math.sin(1.7 * i + phase)),
    [rows, width],
  );
const valuesOf = (model: { getWeights(): Tensor[] }) => model.getWeights().flatMap(({ data }) => [...data]);

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `value ${i}: ${value}, ${expected[i]}`).toBeLessThan(tolerance);
  });
}

/** The programs on one device. */
export function testOwnTraining(device: "reference" | "cpu" | "gpu"): void {
  const where = device === "cpu" ? { device, threads: 2 } : { device };

  test("gradients of 4 batches together are those of one batch of 4 times the size", async () => {
    const make = (optimizer: SGD) => {
      setSeed(1);
      const model = new Sequential([
        new Dense({ units: 5, activation: "tanh", inputShape: [3] }),
        new Dense({ units: 1 }),
      ]);
      model.compile({ optimizer, loss: "mse", ...where });
      return model;
    };
    const [x, y] = [wave(32, 3), wave(32, 1, 0.3)];
    const whole = make(new SGD({ learningRate: 0.1 }));
    await whole.fit(x, y, { batchSize: 32, epochs: 3, shuffle: false, ...silent });
    const parts = make(new SGD({ learningRate: 0.1, gradientAccumulationSteps: 4 }));
    await parts.fit(x, y, { batchSize: 8, epochs: 3, shuffle: false, ...silent });
    expectClose(valuesOf(parts), valuesOf(whole), 1e-6);
  });

  test("the gradient of an input: where a model looks", async () => {
    setSeed(2);
    const net = new Sequential([
      new Dense({ units: 6, activation: "tanh", inputShape: [4] }),
      new Dense({ units: 3, activation: "softmax" }),
    ]);
    const x = wave(5, 4);
    const best = jit((value: Sym) => ops.max(net.call(value, { training: false, mask: undefined }), -1), where);
    const saliency = jit(
      (value: Sym) => gradients(ops.max(net.call(value, { training: false, mask: undefined }), -1), [value])[0]!,
      where,
    );
    const slopes = await saliency(x);
    expect(slopes.shape).toEqual([5, 4]);
    const step = 1e-2;
    for (let i = 0; i < 20; i++) {
      const moved = (by: number) =>
        tensor(
          Float32Array.from(x.data, (value, j) => (j === i ? value + by : value)),
          [5, 4],
        );
      const row = Math.floor(i / 4);
      const difference = ((await best(moved(step))).data[row]! - (await best(moved(-step))).data[row]!) / (2 * step);
      expect(Math.abs(slopes.data[i]! - difference)).toBeLessThan(2e-4);
    }
  });

  test("a penalty on a gradient is trained by its own gradient: a second derivative", async () => {
    // The slope of tanh(x·w) by x is (1 - tanh²)·w; the penalty is (‖slope‖ - 1)² over the rows.
    const penalty = (w: Sym, x: Sym) => {
      const [slope] = gradients(ops.tanh(ops.matmul(x, w)), [x]);
      const norm = ops.sqrt(ops.add(ops.sum(ops.square(slope!), -1), 1e-12));
      return ops.mean(ops.square(ops.subtract(norm, 1)));
    };
    const run = jit(valueAndGrad(penalty), where);
    const x = wave(6, 3);
    const w = [0.4, -0.7, 0.2];
    const at = (values: readonly number[]) =>
      run(
        values.map((value) => [value]),
        x,
      );
    const [, slope] = await at(w);
    const byHand = (values: readonly number[]) => {
      let sum = 0;
      for (let row = 0; row < 6; row++) {
        const product = values.reduce((total, value, i) => total + value * x.data[3 * row + i]!, 0);
        const slopes = values.map((value) => (1 - Math.tanh(product) ** 2) * value);
        sum += (Math.hypot(...slopes) - 1) ** 2;
      }
      return sum / 6;
    };
    for (let i = 0; i < 3; i++) {
      const moved = (by: number) => byHand(w.map((value, j) => (j === i ? value + by : value)));
      expect(Math.abs(slope.data[i]! - (moved(1e-4) - moved(-1e-4)) / 2e-4)).toBeLessThan(1e-4);
    }
  });

  test("descent by valueAndGrad is what SGD does in fit", async () => {
    const [x, y] = [wave(16, 3), wave(16, 2, 1)];
    const loss = (w: Sym, a: Sym, b: Sym) => ops.mean(ops.square(ops.subtract(ops.matmul(a, w), b)));
    const step = jit(valueAndGrad(loss), where);
    setSeed(4);
    const model = new Sequential([new Dense({ units: 2, useBias: false, inputShape: [3] })]);
    model.compile({ optimizer: new SGD({ learningRate: 0.2 }), loss: "mse", ...where });
    let w = model.getWeights()[0]!;
    for (let i = 0; i < 5; i++) {
      const [, slope] = await step(w, x, y);
      w = tensor(
        Float32Array.from(w.data, (value, j) => value - 0.2 * slope.data[j]!),
        w.shape,
      );
    }
    await model.fit(x, y, { epochs: 5, batchSize: 16, shuffle: false, ...silent });
    expectClose(valuesOf(model), [...w.data], 1e-5);
  });

  test("groups of layers with optimizers of their own, by one loss", async () => {
    class Grouped extends Model {
      readonly body = new Dense({ units: 5, activation: "tanh" });
      readonly head = new Dense({ units: 1 });
      readonly slow = new SGD({ learningRate: 0.01 });
      readonly fast = new SGD({ learningRate: 0.2 });

      override call(x: Sym) {
        return this.head.apply(this.body.apply(x));
      }

      override trainStep({ x, y }: StepBatch, step: TrainStep) {
        const loss = this.computeLoss({ x, y, yPred: this.call(x) });
        step.minimize(loss, this.body.trainableWeights, this.slow);
        step.minimize(loss, this.head.trainableWeights, this.fast);
        return { loss };
      }
    }
    const [x, y] = [wave(8, 3), wave(8, 1, 0.3)];
    const stepOf = async (learningRate: number, start?: Tensor[]) => {
      const layers = [new Dense({ units: 5, activation: "tanh", inputShape: [3] }), new Dense({ units: 1 })];
      const model = new Sequential(layers);
      const before = start ?? model.getWeights();
      model.setWeights(before);
      model.compile({ optimizer: new SGD({ learningRate }), loss: "mse", ...where });
      await model.trainOnBatch(x, y);
      return { before, after: layers.map((layer) => layer.getWeights().flatMap(({ data }) => [...data])) };
    };
    const { before, after: slow } = await stepOf(0.01);
    const { after: fast } = await stepOf(0.2, before);
    const grouped = new Grouped();
    grouped.compile({ loss: "mse", ...where });
    await grouped.predict(x, silent);
    grouped.setWeights(before);
    await grouped.trainOnBatch(x, y);
    expectClose(valuesOf(grouped), [...slow[0]!, ...fast[1]!], 1e-6);
  });

  test("two optimizers in one step: a GAN", async () => {
    class Gan extends Model {
      readonly generator = new Sequential([new Dense({ units: 2, inputShape: [2] })]);
      readonly discriminator = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
      readonly ownOptimizer = new SGD({ learningRate: 0.1 });
      override call(x: Nested<Sym>) {
        return this.generator.call(x, { training: false, mask: undefined });
      }
      override trainStep({ x }: StepBatch, step: TrainStep) {
        const noise = ops.stopGradient(x as Sym);
        const judge = (value: Sym) => this.discriminator.call(value, { training: true, mask: undefined });
        const fake = this.generator.call(noise, { training: true, mask: undefined });
        const dLoss = ops.subtract(ops.mean(judge(ops.stopGradient(fake))), ops.mean(judge(x as Sym)));
        step.minimize(dLoss, this.discriminator.trainableWeights);
        const gLoss = ops.negative(ops.mean(judge(fake)));
        step.minimize(gLoss, this.generator.trainableWeights, this.ownOptimizer);
        return { dLoss, gLoss };
      }
    }
    setSeed(5);
    const gan = new Gan();
    gan.compile({ optimizer: new SGD({ learningRate: 0.5 }), ...where });
    const x = wave(8, 2);
    const [g, d] = [gan.generator.getWeights(), gan.discriminator.getWeights()];
    const logs = await gan.trainOnBatch(x, null);
    expect(Object.keys(logs)).toEqual(["dLoss", "gLoss"]);
    // By hand: dLoss = mean(fake·w) - mean(x·w), so w falls by 0.5·(mean fake - mean x); the generator sees the new w.
    const mean = (values: ArrayLike<number>, unit: number) =>
      [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, row) => sum + values[2 * row + unit]! / 8, 0);
    const fake = Array.from({ length: 16 }, (_, i) => {
      const [row, unit] = [Math.floor(i / 2), i % 2];
      return x.data[2 * row]! * g[0]!.data[unit]! + x.data[2 * row + 1]! * g[0]!.data[2 + unit]! + g[1]!.data[unit]!;
    });
    const judge = [0, 1].map((unit) => d[0]!.data[unit]! - 0.5 * (mean(fake, unit) - mean(x.data, unit)));
    expectClose([...gan.discriminator.getWeights()[0]!.data], judge, 1e-5);
    const kernel = [0, 1, 2, 3].map((i) => g[0]!.data[i]! + 0.1 * mean(x.data, Math.floor(i / 2)) * judge[i % 2]!);
    expectClose([...gan.generator.getWeights()[0]!.data], kernel, 1e-5);
    expect(logs.gLoss).toBeCloseTo(
      -[0, 1].reduce((sum, unit) => sum + mean(fake, unit) * judge[unit]!, d[1]!.data[0]!),
      4,
    );
  });

  test("a loss of one's own and a term that a layer adds: a VAE", async () => {
    class Sampling extends Layer {
      override call(x: Sym, { training }: CallContext): Sym {
        const [mean, logVariance] = ops.split(x, 2, -1) as [Sym, Sym];
        const terms = ops.subtract(ops.add(ops.square(mean), ops.exp(logVariance)), ops.add(logVariance, 1));
        this.addLoss(ops.multiply(ops.mean(ops.sum(terms, -1)), 0.5));
        if (!training) return mean;
        const noise = ops.random.normal([2], { like: mean });
        return ops.add(mean, ops.multiply(ops.exp(ops.multiply(logVariance, 0.5)), noise));
      }
    }
    class Vae extends Model {
      readonly encoder = new Dense({ units: 4 });
      readonly sampling = new Sampling();
      readonly decoder = new Dense({ units: 6 });
      override call(x: Nested<Sym>, context: CallContext) {
        const code = this.sampling.apply(this.encoder.apply(x as Sym), context);
        return this.decoder.apply(code);
      }
      override computeLoss({ x, yPred }: StepValues): Sym {
        const apart = ops.sum(ops.square(ops.subtract(x as Sym, yPred as Sym)), -1);
        return ops.add(ops.mean(apart), super.computeLoss({ x, yPred }));
      }
    }
    setSeed(6);
    const vae = new Vae();
    vae.compile({ optimizer: "adam", ...where });
    const x = wave(64, 6);
    const { history } = await vae.fit(x, null, { epochs: 30, batchSize: 16, ...silent });
    expect(history.loss!.at(-1)!).toBeLessThan(0.8 * history.loss![0]!);
    expect(vae.weights).toHaveLength(4);
    // Evaluation takes no noise: it repeats exactly, and the term of the layer is in it.
    const [one, two] = [await vae.evaluate(x, null, silent), await vae.evaluate(x, null, silent)];
    expect(one).toEqual(two);
    const y = await vae.predict(x, silent);
    const apart = Array.from(x.data).reduce((sum, value, i) => sum + (value - y.data[i]!) ** 2, 0) / 64;
    expect(one.loss!).toBeGreaterThan(apart);
  });

  test("a student that learns from a teacher, which stays as it is", async () => {
    class Distiller extends Model {
      readonly teacher: Sequential;
      readonly student = new Sequential([new Dense({ units: 3, inputShape: [4] })]);
      constructor(teacher: Sequential) {
        super();
        this.teacher = teacher;
        teacher.trainable = false;
      }
      override call(x: Nested<Sym>, context: CallContext) {
        return this.student.call(x, context);
      }
      override computeLoss({ x, yPred }: StepValues): Sym {
        const soft = ops.softmax(ops.divide(this.teacher.call(x as Sym, { training: false, mask: undefined }), 2));
        const told = ops.logSoftmax(ops.divide(yPred as Sym, 2));
        return ops.mean(ops.sum(ops.multiply(soft, ops.subtract(ops.log(soft), told)), -1));
      }
    }
    setSeed(7);
    const teacher = new Sequential([new Dense({ units: 3, inputShape: [4], kernelInitializer: "random_normal" })]);
    const before = valuesOf(teacher);
    const model = new Distiller(teacher);
    model.compile({ optimizer: new SGD({ learningRate: 2 }), ...where });
    const x = wave(40, 4);
    const { history } = await model.fit(x, null, { epochs: 60, batchSize: 40, ...silent });
    expect(history.loss!.at(-1)!).toBeLessThan(0.05 * history.loss![0]!);
    expect(valuesOf(teacher)).toEqual(before);
  });

  test("one encoder for two inputs: a siamese net with a contrastive loss", async () => {
    setSeed(8);
    const [left, right] = [input({ shape: [2], name: "left" }), input({ shape: [2], name: "right" })];
    const encoder = new Sequential([
      new Dense({ units: 8, activation: "tanh", inputShape: [2] }),
      new Dense({ units: 2 }),
    ]);
    const apart = ops.subtract(encoder.apply(left), encoder.apply(right));
    const distance = ops.sqrt(ops.add(ops.sum(ops.square(apart), -1, { keepdims: true }), 1e-9));
    const model = new Model({ inputs: { left, right }, outputs: distance });
    // Hadsell, Chopra and LeCun 2006: pairs that are alike come together, others at least 1 apart.
    const contrastive = (alike: Sym, d: Sym) =>
      ops.add(
        ops.multiply(alike, ops.square(d)),
        ops.multiply(ops.subtract(1, alike), ops.square(ops.relu(ops.subtract(1, d)))),
      );
    model.compile({ optimizer: "adam", loss: contrastive, ...where });
    const points = Array.from({ length: 64 }, (_, i) => [Math.cos(i), Math.sin(i)]);
    const partners = points.map((_, i) => points[(i * 7 + 3) % 64]!);
    const alike = points.map(([x], i) => [Number(x! > 0 === partners[i]![0]! > 0)]);
    await model.fit({ left: points, right: partners }, alike, { epochs: 150, batchSize: 16, ...silent });
    const d = await model.predict({ left: points, right: partners }, silent);
    const right_ = alike.filter(([same], i) => d.data[i]! < 0.5 === (same === 1)).length;
    expect(right_).toBeGreaterThan(56);
    expect(encoder.weights).toHaveLength(4);
  });
}
