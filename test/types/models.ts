/** Models: data, targets, losses, metrics and results typed by how the model was made. */
import {
  type AnyModel,
  Dataset,
  type History,
  input,
  type KerasTensor,
  type Logs,
  Model,
  Sequential,
  type StepBatch,
  type StepValues,
  type Sym,
  type Tensor,
  type TrainStep,
  tensor,
} from "fovea";
import { type Callback, EarlyStopping } from "fovea/callbacks";
import { cost, receptiveField } from "fovea/insight";
import { Add, Conv2D, Dense, Flatten, type Layer } from "fovea/layers";
import * as ops from "fovea/ops";
import { expectTypeOf } from "vitest";

const image = input({ shape: [8, 8, 1], name: "image" });
const meta = input({ shape: [4], name: "meta" });
const features = new Flatten().apply(new Conv2D({ filters: 2, kernelSize: 3 }).apply(image));
const digit = new Dense({ units: 10, activation: "softmax" }).apply(features);
const slant = new Dense({ units: 1 }).apply(meta);
const numbers = tensor([1, 2]);

// A record of inputs and outputs.
const named = new Model({ inputs: { image, meta }, outputs: { digit, slant } });
named.compile({
  optimizer: "adam",
  loss: { digit: "sparse_categorical_crossentropy", slant: (y, p) => ops.subtract(y, p) },
  lossWeights: { slant: 0.1 },
  metrics: { digit: ["accuracy"], slant: "mse" },
  weightedMetrics: { slant: null },
});
named.compile({ loss: "mse" });
named.compile({ loss: { digit: null, slant: "mse" } });
// @ts-expect-error no such output
named.compile({ loss: { digits: "mse" } });
// @ts-expect-error no such loss
named.compile({ loss: { digit: "mse", slant: "mee" } });
// @ts-expect-error no such output
named.compile({ loss: "mse", lossWeights: { digit: 1, slope: 1 } });
// @ts-expect-error no such output
named.compile({ loss: "mse", metrics: { digit: ["accuracy"], slope: ["mse"] } });
// @ts-expect-error no such metric
named.compile({ loss: "mse", metrics: { digit: ["acuracy"] } });
// @ts-expect-error no such output
named.compile({ loss: "mse", weightedMetrics: { slope: ["mse"] } });
expectTypeOf(named.predict({ image: numbers, meta: numbers })).resolves.toEqualTypeOf<{
  readonly digit: Tensor;
  readonly slant: Tensor;
}>();
expectTypeOf(named.predictOnBatch({ image: numbers, meta: numbers })).resolves.toHaveProperty("slant");
expectTypeOf(
  named.fit({ image: numbers, meta: [[1, 2, 3, 4]] }, { digit: numbers, slant: [1] }),
).resolves.toEqualTypeOf<History>();
expectTypeOf(
  named.evaluate({ image: numbers, meta: numbers }, { digit: numbers, slant: numbers }),
).resolves.toEqualTypeOf<Logs>();
void named.fit({ image: numbers, meta: numbers }, { slant: numbers });
// @ts-expect-error no such input
void named.fit({ image: numbers, mete: numbers }, { digit: numbers, slant: numbers });
// @ts-expect-error an input too many
void named.fit({ image: numbers, meta: numbers, more: numbers }, { digit: numbers, slant: numbers });
// @ts-expect-error an input is missing
void named.fit({ image: numbers }, { digit: numbers, slant: numbers });
// @ts-expect-error no such output
void named.fit({ image: numbers, meta: numbers }, { digit: numbers, slope: numbers });
// @ts-expect-error no such output
void named.evaluate({ image: numbers, meta: numbers }, { slope: numbers });
// @ts-expect-error no such input
void named.evaluate({ image: numbers, mete: numbers }, { digit: numbers });
// @ts-expect-error no such input
void named.predict({ image: numbers, mete: numbers });
// @ts-expect-error no such input
void named.trainOnBatch({ image: numbers, mete: numbers }, { digit: numbers });
// @ts-expect-error no such output
void named.testOnBatch({ image: numbers, meta: numbers }, { digits: numbers });
// @ts-expect-error no such option
void named.fit({ image: numbers, meta: numbers }, { digit: numbers }, { epoch: 3 });
// @ts-expect-error no such option
void named.predict({ image: numbers, meta: numbers }, { batch: 3 });
expectTypeOf(named.input.image).toEqualTypeOf<KerasTensor<4>>();
expectTypeOf(named.output.digit).toExtend<KerasTensor<2>>();

// Lists.
const listed = new Model({ inputs: [image, meta], outputs: [digit, slant] });
listed.compile({
  loss: ["sparse_categorical_crossentropy", "mse"],
  lossWeights: [1, 0.5],
  metrics: [["accuracy"], null],
});
expectTypeOf(listed.predict([numbers, numbers])).resolves.toEqualTypeOf<readonly [Tensor, Tensor]>();
void listed.fit([numbers, numbers], [numbers, numbers]);
void listed.fit({ image: numbers, meta: numbers }, { dense: numbers });
// @ts-expect-error no such loss
listed.compile({ loss: ["mse", "mee"] });
// @ts-expect-error an output too many
listed.compile({ loss: ["mse", "mse", "mse"] });
// @ts-expect-error a third target
void listed.fit([numbers, numbers], [numbers, numbers, numbers]);

// One.
const plain = new Model({ inputs: image, outputs: digit });
expectTypeOf(plain.predict(numbers)).resolves.toEqualTypeOf<Tensor>();
expectTypeOf(plain.input).toEqualTypeOf<KerasTensor<4>>();
expectTypeOf(plain.output).toExtend<KerasTensor<2>>();
const chain = new Sequential([new Dense({ units: 2, inputShape: [3] })]);
expectTypeOf(chain.predict([[1, 2, 3]])).resolves.toEqualTypeOf<Tensor>();
expectTypeOf(chain.fit(numbers, numbers)).resolves.toEqualTypeOf<History>();
// @ts-expect-error no data
void chain.predict(3n);
// @ts-expect-error no data
void chain.predict("text");
// @ts-expect-error no layers
new Sequential([3]);

// Data sets.
void chain.fit(Dataset.from([[numbers, numbers]]), { epochs: 2 });
async function* stream() {
  yield [numbers, numbers] as const;
}
void named.fit(stream(), { stepsPerEpoch: 3, validationData: Dataset.from([[numbers, numbers]]) });
void chain.fit(numbers, numbers, { validationData: [numbers, numbers] });

// Logs and history.
const history = await chain.fit(numbers, numbers, {
  callbacks: [
    new EarlyStopping(),
    {
      onEpochEnd(epoch, logs) {
        expectTypeOf(epoch).toEqualTypeOf<number>();
        expectTypeOf(logs).toEqualTypeOf<Logs>();
      },
    },
  ],
});
expectTypeOf(history.history.loss).toEqualTypeOf<number[]>();
expectTypeOf(history.history.val_accuracy?.[0]).toEqualTypeOf<number | undefined>();
expectTypeOf<Logs>().toEqualTypeOf<Record<string, number>>();
// @ts-expect-error no such method
void chain.fit(numbers, numbers, { callbacks: [{ onEpochEnds: () => {} }] });
expectTypeOf<Callback["model"]>().toEqualTypeOf<AnyModel | undefined>();

// Feature extractors.
const maps = new Model({
  inputs: plain.inputs,
  outputs: plain.layers.filter((layer) => layer instanceof Conv2D).map((layer) => layer.output),
});
expectTypeOf(maps.predict([numbers])).resolves.toExtend<readonly Tensor[]>();
const single = new Model({ inputs: plain.input, outputs: plain.getLayer("conv2d").output });
expectTypeOf(single.predict(numbers)).resolves.toEqualTypeOf<Tensor>();
new Model({ inputs: named.inputs, outputs: named.layers.map((layer) => layer.output) });
new Model({ inputs: named.input, outputs: { ...named.output, conv: named.getLayer(1).output } });
new Model({ inputs: chain.inputs, outputs: chain.outputs });

// Any model.
const any = (model: AnyModel): AnyModel => model;
any(named);
any(listed);
any(plain);
any(chain);
any(maps);
receptiveField(chain);
cost(named);
class Vae extends Model {
  klLoss!: Sym;
  override computeLoss({ x, yPred }: StepValues) {
    return ops.add(super.computeLoss({ x, y: x, yPred }), this.klLoss);
  }
}
class Gan extends Model {
  generator = new Sequential([new Dense({ units: 2 })]);
  override trainStep({ x }: StepBatch, step: TrainStep) {
    expectTypeOf(x).not.toBeAny();
    const fake = this.generator.call(ops.random.normal([2, 64]), { training: true });
    const loss = ops.mean(fake);
    step.minimize(loss, this.generator.trainableWeights);
    return { loss };
  }
}
class TwoHeads extends Model<KerasTensor, readonly [KerasTensor, KerasTensor]> {
  trunk = new Dense({ units: 4 });
  override call(x: Sym): readonly [Sym, Sym] {
    return [this.trunk.call(x), x];
  }
}
any(new Vae({ inputs: image, outputs: digit }));
any(new Gan());
any(new TwoHeads());
expectTypeOf(new TwoHeads().predict(numbers)).resolves.toEqualTypeOf<readonly [Tensor, Tensor]>();
// @ts-expect-error a layer is no model
any(new Flatten());
// @ts-expect-error no symbolic tensor
new Model({ inputs: image, outputs: new Flatten() });
// @ts-expect-error outputs are missing
new Model({ inputs: image });

// A model is a layer.
const layers: Layer[] = [chain, plain, new Gan(), new Flatten(), new Add()];
new Sequential([plain, new Sequential([new Dense({ units: 2 })]), ...layers]);
expectTypeOf(chain.apply(meta)).toExtend<KerasTensor>();
expectTypeOf(plain.apply(image)).toExtend<KerasTensor>();
