/** An own layer: layers in its fields, a weight for the shape that comes, several outputs, a loss of its own, and a config. */
import { type DeviceName, input, Model, Sequential, type Sym, setSeed, tensor } from "fovea";
import { type BatchShape, type CallContext, Dense, Dropout, Layer, type Variable } from "fovea/layers";
import { mean, multiply, softmax, square, sum } from "fovea/ops";
import { Adam } from "fovea/optimizers";
import { integer, number, type OptionsOf } from "fovea/options";

const options = {
  /** Width of the hidden layer that judges the rows. */
  units: integer({ min: 1 }),
  /** Factor of the penalty of the attention's square. */
  spread: number({ min: 0, default: 0.5 }),
};

type Attended = { readonly value: Sym; readonly attention: Sym };

/** [batch, steps, channels] → the mean over the steps by learnt weights [batch, channels], and these weights [batch, steps, 1]. */
export class AttentionPooling extends Layer<OptionsOf<typeof options>, Attended> {
  static override readonly className: string = "AttentionPooling";
  static override readonly options = options;
  readonly judge = new Sequential([
    new Dense({ units: this.options.units, activation: "tanh" }),
    new Dense({ units: 1 }),
  ]);
  readonly drop = new Dropout({ rate: 0.1 });
  scale!: Variable;

  override build([, , channels]: BatchShape) {
    this.scale = this.addWeight({ name: "scale", shape: [channels!], initializer: "ones" });
  }

  override call(x: Sym, { training }: CallContext) {
    const attention = softmax(this.judge.apply(x), 1);
    this.addLoss(multiply(mean(square(attention)), this.options.spread));
    const value = multiply(sum(multiply(this.drop.apply(x, { training }), attention), 1), this.scale);
    return { value, attention };
  }
}

export async function trainOwnLayer(device: DeviceName) {
  setSeed(3);
  const [rows, steps] = [40, 5];
  // The step whose first channel is 1 holds the answer in its second; all others are noise.
  const data = Float32Array.from(
    { length: rows * steps * 2 },
    (_, i) => 2 * ((Math.sin(i * 12.9898) * 43758.5453) % 1),
  );
  const answers = Float32Array.from({ length: rows }, (_, row) => {
    for (let step = 0; step < steps; step++) data[(row * steps + step) * 2] = step === row % steps ? 1 : 0;
    return data[(row * steps + (row % steps)) * 2 + 1]!;
  });
  const x = tensor(data, [rows, steps, 2]);
  const pooling = new AttentionPooling({ units: 4, spread: 0 });
  const sequence = input({ shape: [steps, 2] });
  const { value, attention } = pooling.apply(sequence);
  const model = new Model({ inputs: sequence, outputs: new Dense({ units: 1 }).apply(value) });
  model.compile({ optimizer: new Adam({ learningRate: 0.03 }), loss: "mse", device });
  const first = await model.testOnBatch(x, answers);
  await model.fit(x, answers, { epochs: 40, batchSize: 16, verbose: 0 });
  const last = await model.testOnBatch(x, answers);
  const found = await new Model({ inputs: sequence, outputs: attention }).predict(x, { verbose: 0 });

  // A copy by its config; with `spread` the layer's own loss is all that there is besides the error.
  const copy = AttentionPooling.fromConfig({ ...pooling.getConfig(), spread: 1, name: "copy" });
  const judged = new Model({ inputs: sequence, outputs: copy.apply(sequence).value! });
  judged.compile({ loss: () => multiply(sum(0), 0), device });
  return {
    first,
    last,
    found,
    rows,
    steps,
    config: pooling.getConfig(),
    weights: pooling.weights.map(({ path, shape }) => [path, shape]),
    copy,
    judged,
    x,
  };
}
