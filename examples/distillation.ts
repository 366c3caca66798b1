/** Knowledge distillation: a small student learns from a big teacher's softened answers beside the labels. */
import { type DeviceName, Model, Sequential, type StepValues, type Sym, setSeed, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { SparseCategoricalCrossentropy } from "fovea/losses";
import { add, categoricalCrossentropy, divide, mean, multiply, softmax } from "fovea/ops";
import { Adam } from "fovea/optimizers";

/** α·loss(labels) + (1 − α)·T²·crossentropy(teacher softened by T, student softened by T). Hinton, Vinyals, Dean 2015. */
class Distiller extends Model {
  readonly student: Sequential;
  readonly teacher: Sequential;
  readonly alpha = 0.1;
  readonly temperature = 3;

  constructor({ student, teacher }: { readonly student: Sequential; readonly teacher: Sequential }) {
    super();
    this.student = student;
    this.teacher = teacher;
    teacher.trainable = false;
  }

  override call(x: Sym) {
    return this.student.apply(x);
  }

  override computeLoss(values: StepValues) {
    const soft = (logits: Sym) => softmax(divide(logits, this.temperature));
    const answers = soft(this.teacher.apply(values.x, { training: false }));
    const distilled = mean(categoricalCrossentropy(answers, soft(values.yPred)));
    const hard = super.computeLoss(values);
    return add(multiply(hard, this.alpha), multiply(distilled, (1 - this.alpha) * this.temperature ** 2));
  }
}

export async function trainDistilled(device: DeviceName) {
  setSeed(7);
  const rows = 90;
  const x = tensor(
    Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i * 3.1) + (i % 7) / 7),
    [rows, 2],
  );
  const labels = Int32Array.from(
    { length: rows },
    (_, row) => (x.data[row * 2]! > x.data[row * 2 + 1]! ? 1 : 0) + (x.data[row * 2]! > 0.8 ? 1 : 0),
  );
  // The answers of both are logits.
  const loss = new SparseCategoricalCrossentropy({ fromLogits: true });
  const layers = (units: number) => [
    new Dense({ units, activation: "tanh", inputShape: [2] }),
    new Dense({ units: 3 }),
  ];
  const teacher = new Sequential(layers(24));
  teacher.compile({ optimizer: new Adam({ learningRate: 0.03 }), loss, device });
  await teacher.fit(x, labels, { epochs: 20, batchSize: 30, verbose: 0 });

  const student = new Sequential(layers(6));
  const kept = teacher.getWeights();
  const distiller = new Distiller({ student, teacher });
  distiller.compile({ optimizer: new Adam({ learningRate: 0.03 }), loss, metrics: ["accuracy"], device });
  const first = await distiller.testOnBatch(x, labels);
  await distiller.fit(x, labels, { epochs: 30, batchSize: 30, verbose: 0 });
  const last = await distiller.testOnBatch(x, labels);
  const answers = { teacher: await teacher.run(x, { device }), student: await student.run(x, { device }) };
  return {
    first,
    last,
    answers,
    labels,
    kept,
    after: teacher.getWeights(),
    weights: distiller.trainableWeights.length,
  };
}
