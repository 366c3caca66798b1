/** Ops that take each entry by itself: activations as layers, arithmetic of values, comparisons. */
import type { ActivationName } from "../../../nn/activations.ts";
import type { KerasTensor } from "../../../nn/keras-tensor.ts";
import { Activation } from "../../../nn/layers/activation.ts";
import { Add } from "../../../nn/layers/add.ts";
import type { Layer } from "../../../nn/layers/layer.ts";
import { LeakyReLU } from "../../../nn/layers/leaky-relu.ts";
import { Maximum } from "../../../nn/layers/maximum.ts";
import { Minimum } from "../../../nn/layers/minimum.ts";
import { Multiply } from "../../../nn/layers/multiply.ts";
import { PReLU } from "../../../nn/layers/prelu.ts";
import { ReLU } from "../../../nn/layers/relu.ts";
import { Subtract } from "../../../nn/layers/subtract.ts";
import { celu, elu, gelu, selu } from "../../../nn/operations/activations.ts";
import * as arithmetic from "../../../nn/operations/arithmetic.ts";
import * as comparisons from "../../../nn/operations/comparisons.ts";
import { dataTypes } from "../messages.ts";
import { isFloatType } from "../tensors.ts";
import type { Converter } from "./converter.ts";
import { weights } from "./convolutions.ts";
import { entrywise, image, isFlow, rankOf, through } from "./flow.ts";
import type { NodeCall } from "./node-call.ts";
import { align, type Operand } from "./operands.ts";

/** An op of one flow that leaves its axes as they are. */
const unary =
  (apply: (x: KerasTensor, call: NodeCall) => KerasTensor): Converter =>
  (call) => [entrywise(call.flow(0), (x) => apply(x, call))];

const layer = (make: (call: NodeCall) => Layer): Converter => unary((x, call) => through(make(call), x));

const activation = (name: ActivationName): Converter =>
  layer((call) => new Activation({ activation: name, name: call.layerName() }));

const operation = (apply: (x: KerasTensor) => unknown): Converter => unary((x) => apply(x) as KerasTensor);

/** Joins operands two at a time: by a layer where all are computed, which files can hold, else by a function. */
const joined =
  (
    make: (new (options: { name: string }) => Layer) | undefined,
    join: (a: Operand, b: Operand) => unknown,
  ): Converter =>
  (call) => {
    const { operands, ...placed } = align(call);
    const [first, ...rest] = operands;
    if (rest.length === 0) return [{ ...placed, tensor: first as KerasTensor }];
    const isComputed = call.inputs.every((value) => value !== undefined && isFlow(value));
    const tensor =
      make !== undefined && isComputed
        ? new make({ name: call.layerName() }).apply(operands as KerasTensor[] & KerasTensor)
        : rest.reduce<unknown>((made, operand) => join(made as Operand, operand), first);
    return [{ ...placed, tensor: tensor as KerasTensor }];
  };

/** Layers are made for limits that a ReLU has. */
const clip = (call: NodeCall): Converter => {
  const low = call.hasAttribute("min") ? call.float("min", 0) : call.scalar(1, "minimum");
  const high = call.hasAttribute("max") ? call.float("max", 0) : call.scalar(2, "maximum");
  if (low === 0 && (high === undefined || high > 0))
    return layer(
      (each) => new ReLU({ name: each.layerName(), ...(high === undefined || high > 3e38 ? {} : { maxValue: high }) }),
    );
  return operation((x) => {
    const above = low === undefined ? x : (arithmetic.maximum(x, low) as KerasTensor);
    return high === undefined ? above : arithmetic.minimum(above, high);
  });
};

const hardSigmoid: Converter = (call) => {
  const [alpha, beta] = [call.float("alpha", 0.2), call.float("beta", 0.5)];
  if (Math.abs(alpha - 1 / 6) < 1e-6 && beta === 0.5) return activation("hard_sigmoid")(call);
  return operation((x) => arithmetic.clip(arithmetic.add(arithmetic.multiply(x, alpha), beta), 0, 1))(call);
};

/** Slopes of one number, or of one for each channel. */
const prelu: Converter = (call: NodeCall) => {
  const x = image(call.flow(0));
  const slope = call.constant(1, "slope");
  const channels = x.tensor.shape.at(-1);
  const count = slope.values.length;
  const perChannel = count === channels && (slope.shape.length === 1 || slope.shape.at(1 - rankOf(x)) === channels);
  if (typeof channels !== "number" || !(count === 1 || perChannel))
    call.fail(`its slope [${slope.shape}] is neither one number nor one for each of ${channels} channels`);
  const sharedAxes = x.order.slice(1, -1);
  const made = new PReLU({
    name: call.layerName(1),
    ...(sharedAxes.length === 0 ? {} : { sharedAxes: sharedAxes.map((_, i) => i + 1) }),
  });
  const tensor = through(made, x.tensor);
  const values = weights(slope);
  made.alpha.value = count === 1 ? new Float32Array(channels).fill(values[0]!) : values;
  return [{ ...x, tensor }];
};

/** Numbers of every kind are float32 here; what would cut fractions off is not read. */
const cast: Converter = (call) => {
  const to = call.int("to", dataTypes.float);
  call.require(
    isFloatType(to),
    `it casts values that the model computes to ${call.typeName(to)}, read for floats only`,
  );
  return [call.flow(0)];
};

const pow: Converter = joined(undefined, (a, b) => (b === 2 ? arithmetic.square(a) : arithmetic.power(a, b)));

/** 1 where the condition, the first operand, is not 0. */
const where: Converter = (call) => {
  const { operands, ...placed } = align(call, 0, 3);
  const [condition, yes, no] = operands as [Operand, Operand, Operand];
  return [{ ...placed, tensor: comparisons.where(condition, yes, no) as KerasTensor }];
};

export const elementwise: Readonly<Record<string, Converter>> = {
  Relu: layer((call) => new ReLU({ name: call.layerName() })),
  LeakyRelu: layer((call) => new LeakyReLU({ negativeSlope: call.float("alpha", 0.01), name: call.layerName() })),
  PRelu: prelu,
  Clip: (call) => clip(call)(call),
  Sigmoid: activation("sigmoid"),
  Tanh: activation("tanh"),
  Softplus: activation("softplus"),
  Softsign: activation("softsign"),
  Mish: activation("mish"),
  HardSwish: activation("hard_silu"),
  HardSigmoid: hardSigmoid,
  Exp: activation("exponential"),
  Elu: unary((x, call) => elu(x, call.float("alpha", 1)) as KerasTensor),
  Celu: unary((x, call) => celu(x, call.float("alpha", 1)) as KerasTensor),
  Selu: unary((x, call) => {
    const isUsual =
      Math.abs(call.float("alpha", 1.67326) - 1.67326) + Math.abs(call.float("gamma", 1.0507) - 1.0507) < 1e-4;
    call.require(isUsual, 'its "alpha" and "gamma" are not those of the paper');
    return selu(x) as KerasTensor;
  }),
  Gelu: unary((x, call) => gelu(x, call.text("approximate", "none") === "tanh") as KerasTensor),
  Erf: operation(arithmetic.erf),
  Log: operation(arithmetic.log),
  Sqrt: operation(arithmetic.sqrt),
  Abs: operation(arithmetic.abs),
  Neg: operation(arithmetic.negative),
  Sin: operation(arithmetic.sin),
  Cos: operation(arithmetic.cos),
  Sign: operation(arithmetic.sign),
  Floor: operation(arithmetic.floor),
  Ceil: operation(arithmetic.ceil),
  Round: operation(arithmetic.round),
  Reciprocal: operation(arithmetic.reciprocal),
  Not: operation(comparisons.logicalNot),
  IsNaN: operation(comparisons.isnan),
  Identity: (call) => [call.flow(0)],
  Dropout: (call) => {
    call.oneOutput();
    return [call.flow(0)];
  },
  Cast: cast,
  Add: joined(Add, arithmetic.add),
  Sum: joined(Add, arithmetic.add),
  Sub: joined(Subtract, arithmetic.subtract),
  Mul: joined(Multiply, arithmetic.multiply),
  Div: joined(undefined, arithmetic.divide),
  Pow: pow,
  Max: joined(Maximum, arithmetic.maximum),
  Min: joined(Minimum, arithmetic.minimum),
  Less: joined(undefined, comparisons.less),
  LessOrEqual: joined(undefined, comparisons.lessEqual),
  Greater: joined(undefined, comparisons.greater),
  GreaterOrEqual: joined(undefined, comparisons.greaterEqual),
  Equal: joined(undefined, comparisons.equal),
  And: joined(undefined, comparisons.logicalAnd),
  Or: joined(undefined, comparisons.logicalOr),
  Where: where,
};
