/** Layers: required and misspelt options, ranks of what they are applied to, own layers. */
import { input, type KerasTensor, Model, Sequential, type Tensor } from "fovea";
import {
  Add,
  Attention,
  BatchNormalization,
  type BatchShape,
  type CallContext,
  Concatenate,
  Conv1D,
  Conv2D,
  Dense,
  Dot,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling2D,
  Lambda,
  Layer,
  MaxPooling2D,
  MultiHeadAttention,
  RandomFlip,
  ReLU,
  type Variable,
} from "fovea/layers";
import type { Sym } from "fovea/ops";
import * as ops from "fovea/ops";
import { integer, number } from "fovea/options";
import { expectTypeOf } from "vitest";

// Required options.
// @ts-expect-error kernelSize is missing
new Conv2D({ filters: 3 });
// @ts-expect-error filters are missing
new Conv1D({ kernelSize: 3 });
// @ts-expect-error units are missing
new Dense({});
// @ts-expect-error options are missing
new Dense();
// @ts-expect-error Keras's positional argument
new Dense(10);
// @ts-expect-error outputDim is missing
new Embedding({ inputDim: 3 });
// @ts-expect-error axes are missing
new Dot({ normalize: true });
// @ts-expect-error rate is missing
new Dropout({ seed: 1 });

// Misspelt options and values of another type.
// @ts-expect-error an option of Python
new Conv2D({ filters: 3, kernel_size: 3 });
// @ts-expect-error no such option
new Dense({ units: 3, activtion: "relu" });
// @ts-expect-error two numbers for two axes
new Conv2D({ filters: 3, kernelSize: [3, 3, 3] });
// @ts-expect-error a number is wanted
new Dense({ units: "3" });
// @ts-expect-error no such option
new MaxPooling2D({ size: 2 });
// @ts-expect-error no such option
new Flatten({ units: 3 });
new Conv2D({ filters: 3, kernelSize: [3, 5], strides: 2, name: "c", trainable: false, inputShape: [null, null, 3] });
new MaxPooling2D();
new MaxPooling2D({ poolSize: 3, strides: null });

// Ranks: of inputs, and through layers.
const image = input({ shape: [28, 28, 1] });
const row = input({ shape: [10] });
expectTypeOf(image).toEqualTypeOf<KerasTensor<4>>();
expectTypeOf(row.rank).toEqualTypeOf<2>();
const conv = new Conv2D({ filters: 8, kernelSize: 3 });
expectTypeOf(conv.apply(image)).toEqualTypeOf<KerasTensor<4>>();
expectTypeOf(new GlobalAveragePooling2D().apply(conv.apply(image)).rank).toEqualTypeOf<number>();
expectTypeOf(new Flatten().apply(image).rank).toEqualTypeOf<2>();
expectTypeOf(new ReLU().apply(row).rank).toEqualTypeOf<2>();
expectTypeOf(new BatchNormalization().apply(conv.apply(image)).rank).toEqualTypeOf<4>();
expectTypeOf(new Dropout({ rate: 0.5 }).apply(row).rank).toEqualTypeOf<2>();
expectTypeOf(new Dense({ units: 2 }).apply(row).rank).toEqualTypeOf<2>();
// @ts-expect-error two axes instead of four
conv.apply(row);
// @ts-expect-error two axes instead of four
new MaxPooling2D().apply(row);
// @ts-expect-error four axes instead of three
new Conv1D({ filters: 1, kernelSize: 3 }).apply(image);
// @ts-expect-error Flatten gives two axes
conv.apply(new Flatten().apply(image));
// @ts-expect-error numbers go to predict
conv.apply([[1, 2]]);
const unknown: KerasTensor = row;
conv.apply(unknown);

// Several inputs.
expectTypeOf(new Add().apply([row, row])).toExtend<KerasTensor>();
expectTypeOf(new Concatenate().apply([row, image])).toExtend<KerasTensor>();
// @ts-expect-error a list of inputs
new Add().apply(row);
// @ts-expect-error one input
new Dense({ units: 2 }).apply({ row });

// Own layers.
class Involution extends Layer<{ groups: number }> {
  static override options = { groups: integer({ min: 1, default: 1 }) };
  kernel!: Variable;
  mix = new Dense({ units: 16 });
  override build([, , , channels]: BatchShape) {
    this.kernel = this.addWeight({ name: "kernel", shape: [3, 3, channels] });
  }
  override call(x: Sym, { training }: CallContext): Sym {
    expectTypeOf(training).toEqualTypeOf<boolean>();
    expectTypeOf(this.options.groups).toEqualTypeOf<number>();
    return ops.relu(this.mix.call(ops.mean(x, [1, 2]), { training }));
  }
}
new Involution();
const involution = new Involution({ groups: 2, name: "involution" });
expectTypeOf(involution.apply(image)).toExtend<KerasTensor>();
// @ts-expect-error no number
new Involution({ groups: "2" });
// @ts-expect-error no such option
new Involution({ group: 2 });
new Sequential([involution, new Dense({ units: 2 })]);

class Halves extends Layer<object, readonly [Sym, Sym]> {
  override call(x: Sym): readonly [Sym, Sym] {
    return [ops.multiply(x, 2), x];
  }
}
const [left, right] = new Halves().apply(row);
expectTypeOf(left).toExtend<KerasTensor>();
expectTypeOf(right).toExtend<KerasTensor>();

class Moments extends Layer<{ epsilon: number }, { readonly mean: Sym; readonly variance: Sym }> {
  static override options = { epsilon: number({ min: 0, default: 0 }) };
  override call(x: Sym, context: CallContext) {
    expectTypeOf(context).toEqualTypeOf<CallContext>();
    return { mean: ops.mean(x, -1), variance: ops.variance(x, -1) };
  }
}
const moments = new Moments().apply(row);
expectTypeOf(moments.mean).toExtend<KerasTensor>();
// @ts-expect-error no such output
moments.deviation;
class Text extends Layer {
  // @ts-expect-error call gives symbolic values
  override call(): string {
    return "";
  }
}
new Text();

class Join extends Layer {
  override call([a, b]: readonly [Sym, Sym]): Sym {
    return ops.add(a, b);
  }
}
expectTypeOf(new Join().apply([row, row])).toExtend<KerasTensor>();

class Pick extends Layer {
  override call({ a, b }: { readonly a: Sym; readonly b: Sym }): Sym {
    return ops.add(a, b);
  }
}
expectTypeOf(new Pick().apply({ a: row, b: row })).toExtend<KerasTensor>();

// Lambda: typed by its function.
expectTypeOf(new Lambda((x: Sym) => ops.multiply(x, 2)).apply(row)).toExtend<KerasTensor>();
new Lambda((x) => ops.multiply(x, 2));
const [first] = new Lambda((x: Sym) => [x, x] as const).apply(row);
expectTypeOf(first).toExtend<KerasTensor>();
// @ts-expect-error no symbolic value
new Lambda(() => "text");

// Weights and numbers.
expectTypeOf(conv.kernel).toEqualTypeOf<Variable>();
expectTypeOf(conv.options.filters).toEqualTypeOf<number>();
expectTypeOf(conv.options.padding).toEqualTypeOf<"valid" | "same">();
expectTypeOf(conv.output).toExtend<KerasTensor>();

// A model is a layer: typed by its outputs.
const encoder = new Model({ inputs: row, outputs: { mean: row, spread: row } });
expectTypeOf(encoder.apply(row).mean).toExtend<KerasTensor>();
// @ts-expect-error no such output
encoder.apply(row).middle;

// Scores of attention, where they are asked for.
const words = input({ shape: [5, 8] });
const attention = new MultiHeadAttention({ numHeads: 2, keyDim: 4 });
expectTypeOf(attention.apply([words, words])).toEqualTypeOf<KerasTensor>();
expectTypeOf(attention.apply([words, words], { useCausalMask: true })).toEqualTypeOf<KerasTensor>();
expectTypeOf(attention.apply([words, words], { returnAttentionScores: true })).toEqualTypeOf<
  readonly [output: KerasTensor, scores: KerasTensor]
>();
expectTypeOf((x: Sym) => attention.call([x, x], { returnAttentionScores: true })).returns.toEqualTypeOf<
  readonly [output: Sym, scores: Sym]
>();
expectTypeOf((x: Sym) => new Attention().call([x, x])).returns.toEqualTypeOf<Sym>();
// @ts-expect-error no such option
attention.apply([words, words], { returnScores: true });

// Records of images.
const flip = new RandomFlip({ boundingBoxFormat: "xyxy" });
const boundingBoxes = { boxes: [[[0, 0, 1, 1]]], labels: [[1]] };
expectTypeOf(flip.run([[[[1]]]])).toEqualTypeOf<Promise<Tensor>>();
expectTypeOf(flip.run({ images: [[[[1]]]], boundingBoxes }).then((made) => made.boundingBoxes.boxes)).toEqualTypeOf<
  Promise<Tensor>
>();
// @ts-expect-error no such format
new RandomFlip({ boundingBoxFormat: "xyz" });
