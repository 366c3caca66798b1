// @ts-check
/** Faults that tests must see, one a line: what in which file of src/ becomes what, and the tests of the fast run that turn red. */

/**
 * @typedef {{ file: string, find: string, replace: string, tests: string, nth?: number }} Mutant
 * `tests` is a file of test/; `nth` says which of several places, from 0
 */

/** @param {string} file @param {string} tests */
const of =
  (file, tests) =>
  (/** @type {string} */ find, /** @type {string} */ replace, nth = 0) => ({ file, find, replace, tests, nth });

const activations = of("ops/activations.ts", "nn/golden-activations.test.ts");
const inLayers = (/** @type {string} */ file) => of(file, "nn/golden-layers.test.ts");
const inLosses = (/** @type {string} */ file) => of(`nn/losses/${file}`, "nn/golden-losses.test.ts");
const inMetrics = (/** @type {string} */ file) => of(`nn/metrics/${file}`, "nn/golden-metrics.test.ts");
const inOptimizers = (/** @type {string} */ file) => of(`nn/optimizers/${file}`, "nn/golden-optimizers.test.ts");
const inNorms = (/** @type {string} */ folder) => of(`nn/${folder}/norms.ts`, "nn/golden-weight-objects.test.ts");
const inSchedules = (/** @type {string} */ file) => of(`nn/schedules/${file}`, "nn/schedules.test.ts");

/** @type {readonly Mutant[]} */
export const mutants = [
  // Activations: branches swapped, slopes doubled, limits moved.
  activations('e.select("lt", 0, x, x, otherwise)', 'e.select("lt", 0, x, otherwise, x)'),
  activations("slope = 0.2", "slope = 0.4"),
  activations("clamp(x, 0, 6))", "clamp(x, 0, 5))"),
  activations("e.mul(alpha, e.expm1(input))", "e.mul(2, e.mul(alpha, e.expm1(input)))"),
  activations("e.expm1(e.div(input, alpha))", "e.expm1(input)"),
  activations("1.6732632423543772", "1.7"),
  activations('e.select("lt", x, 0, 0, x), e.log1p', 'e.select("lt", x, 0, x, 0), e.log1p'),
  activations('e.select("lt", x, 0, x, 0), e.log1p', 'e.select("lt", x, 0, 0, x), e.log1p'),
  activations("e.div(x, e.add(1, e.abs(x)))", "e.div(x, e.add(1, x))"),
  activations("e.mul(x, e.tanh(softplusOf(x)))", "e.mul(x, e.tanh(x))"),
  activations("e.mul(0.044715, ", "e.mul(0.04, "),
  activations("e.mul(0.5, e.add(1, bend))", "e.add(1, bend)"),
  activations("e.add(x, 3), 0, 6), 6", "e.add(x, 2.5), 0, 5), 5"),
  activations("clamp(x, -1, 1));", "clamp(x, -1, 2));"),
  activations("e.sub(x, e.tanh(x))", "e.sub(e.tanh(x), x)"),
  activations("e.sub(input, threshold), e.add(input, threshold)", "e.add(input, threshold), e.sub(input, threshold)"),
  activations("threshold, 0, input)", "threshold, input, 0)"),
  activations("limit, value, input)", "limit, input, value)"),
  activations("squareplus(x: Sym, b = 4)", "squareplus(x: Sym, b = 3)"),
  activations("e.mul(0.25, e.mul(above, above))", "e.mul(0.5, e.mul(above, above))"),
  activations("mul(half(0), sigmoid(half(size / 2)))", "mul(half(size / 2), sigmoid(half(0)))"),
  activations("e.div(e.sub(b, 1), c)", "e.div(e.sub(b, 2), c)"),
  inLayers("nn/layers/relu.ts")(
    "mul(relu(sub(threshold, x)), negativeSlope)",
    "mul(relu(sub(threshold, x)), 2 * negativeSlope)",
  ),
  inLayers("nn/layers/leaky-relu.ts")("default: 0.3", "default: 0.2"),
  // Optimizers: betas, epsilons, momenta.
  inOptimizers("sgd.ts")("mul(slots.momentum, momentum)", "mul(slots.momentum, 1 - momentum)"),
  inOptimizers("sgd.ts")(
    "nesterov ? sub(mul(fresh, momentum), step) : fresh",
    "nesterov ? fresh : sub(mul(fresh, momentum), step)",
  ),
  inOptimizers("adam.ts")("decay(0.9)", "decay(0.95)"),
  inOptimizers("adam.ts")("decay(0.999)", "decay(0.99)"),
  inOptimizers("adam.ts")("add(sqrt(velocityHat), epsilon)", "sqrt(add(velocityHat, epsilon))"),
  inOptimizers("adam.ts")("powerOf(beta2, step)", "powerOf(beta1, step)"),
  inOptimizers("adam.ts")("velocity, velocity, slots.velocityHat)", "velocity, slots.velocityHat, velocity)"),
  inOptimizers("adam.ts")("default: 0.004", "default: 0.01"),
  inOptimizers("adamax.ts")("decay(0.999)", "decay(0.99)"),
  inOptimizers("adamax.ts")("add(norm, epsilon)", "norm"),
  inOptimizers("adamax.ts")("maximum(abs(gradient), mul(slots.norm, beta2))", "maximum(abs(gradient), slots.norm)"),
  inOptimizers("nadam.ts")("powerOf(0.96, step)", "powerOf(0.9, step)"),
  inOptimizers("nadam.ts")("add(size, epsilon)", "size"),
  inOptimizers("nadam.ts")("this.#warmed(add(step, 1))", "this.#warmed(step)"),
  inOptimizers("rmsprop.ts")("decay(0.9)", "decay(0.8)"),
  inOptimizers("rmsprop.ts")("sqrt(add(spread, epsilon))", "add(sqrt(spread), epsilon)"),
  inOptimizers("rmsprop.ts")("sub(velocity, square(centre.averageGradient))", "velocity"),
  inOptimizers("adadelta.ts")("decay(0.95)", "decay(0.9)"),
  inOptimizers("adadelta.ts")("epsilon: /* @__PURE__ */ epsilon()", "epsilon: /* @__PURE__ */ decay(1e-6)"),
  inOptimizers("adadelta.ts")(
    "mean(slots.accumulatedDeltaVar, square(delta))",
    "mean(slots.accumulatedDeltaVar, delta)",
  ),
  inOptimizers("adagrad.ts")("default: 0.1", "default: 0.2"),
  inOptimizers("adagrad.ts")("add(accumulator, this.options.epsilon)", "accumulator"),
  inOptimizers("ftrl.ts")("2 * l2)", "l2)"),
  inOptimizers("ftrl.ts")("mul(weight, 2 * this.options.l2Shrinkage", "mul(weight, this.options.l2Shrinkage"),
  inOptimizers("lamb.ts")("add(sqrt(corrected.v), epsilon)", "sqrt(corrected.v)"),
  inOptimizers("lamb.ts")("div(own, moved), 1), 1)", "div(moved, own), 1), 1)"),
  inOptimizers("lion.ts")("decay(0.99)", "decay(0.9)"),
  inOptimizers("lion.ts")("sign(mean(this.options.beta1))", "sign(mean(this.options.beta2))"),
  inOptimizers("clipping.ts")("where(norm, limit, limit, norm)", "limit"),
  inOptimizers("optimizer.ts")("where(step, 1.5, 0, emaMomentum)", "emaMomentum"),
  // Windows: padding and pooling by one.
  inLayers("base/shape.ts")(
    "return [Math.floor(total / 2), total - Math.floor(total / 2)]",
    "return [total - Math.floor(total / 2), Math.floor(total / 2)]",
  ),
  inLayers("base/shape.ts")("return (window - 1) * dilation + 1", "return window * dilation"),
  inLayers("ops/average-pool2d.ts")("1 / ((bottom - top) * (right - left))", "1 / (window[0] * window[1])"),
  inLayers("ops/average-pool2d.ts")("i * strides[0] - pad[0][0]", "i * strides[0] - pad[0][1]"),
  inLayers("ops/max-pool2d.ts")("a < window[0]", "a < window[0] - 1"),
  inLayers("ops/max-pool2d.ts")("x[at]! > x[best]!", "x[at]! < x[best]!"),
  // Normalization.
  inLayers("nn/layers/batch-normalization.ts")(
    "momentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.99 })",
    "momentum: /* @__PURE__ */ number({ min: 0, max: 1, default: 0.9 })",
  ),
  inLayers("nn/layers/batch-normalization.ts")("mul(value, 1 - momentum)", "mul(value, momentum)"),
  inLayers("nn/layers/batch-normalization.ts")("default: 1e-3", "default: 1e-5"),
  inLayers("nn/layers/batch-normalization.ts")(
    "const count = mul(x.builder.localRows(), perRow)",
    "const count = add(mul(x.builder.localRows(), perRow), 1)",
  ),
  inLayers("ops/normalize.ts")("neg(mul(scale, sumTo(dy, mean.spec)))", "mul(scale, sumTo(dy, mean.spec))"),
  inLayers("nn/layers/dot.ts")(
    "maximum(reduceSum(square(rows), [2], true), EPSILON)",
    "maximum(reduceSum(square(rows), [2], true), 4)",
  ),
  // Losses: constants and reductions.
  inLosses("regression.ts")("(delta * delta) / 2", "delta * delta"),
  inLosses("regression.ts")("softplus(mul(error, -2))", "softplus(mul(error, -1))"),
  inLosses("regression.ts")("maximum(abs(yTrue), EPSILON)", "maximum(abs(yPred), EPSILON)"),
  inLosses("regression.ts")("add(maximum(x, EPSILON), 1)", "add(maximum(x, EPSILON), 2)"),
  inLosses("regression.ts")("return neg(cosine(", "return (cosine("),
  inLosses("hinge.ts")("sub(mul(yTrue, 2), 1)", "yTrue"),
  inLosses("hinge.ts")("meanLast(square(margins", "meanLast((margins"),
  inLosses("categorical-crossentropy.ts")("labelSmoothing, 1 / classes", "labelSmoothing, 1 / 2"),
  inLosses("binary-crossentropy.ts")("labelSmoothing, 1 / 2", "labelSmoothing, 1"),
  inLosses("focal-crossentropy.ts")("default: 0.25", "default: 0.5"),
  inLosses("focal-crossentropy.ts")("number({ min: 0, default: 2 })", "number({ min: 0, default: 1 })"),
  inLosses("loss.ts")('if (reduction === "sum") return sum;', ""),
  inLosses("loss.ts")("mul(rows, perRow)", "rows", 0),
  // Metrics.
  inMetrics("r2-score.ts")("sub(this.numSamples.read(), 1)", "this.numSamples.read()"),
  inMetrics("iou.ts")("reduceSum(matrix, [1])), hits)", "reduceSum(matrix, [1])), 0)"),
  inMetrics("iou.ts")("lessEqual(this.options.threshold, yPred)", "lessEqual(yPred, this.options.threshold)"),
  // Penalties, limits and schedules.
  inNorms("regularizers")("mul(sumAll(square(x)), this.options.l2)", "mul(sumAll(square(x)), this.options.l2 / 2)"),
  inNorms("regularizers")("mul(sumAll(abs(x)), l1), ", "mul(sumAll(abs(x)), l2), "),
  inNorms("constraints")("clip(norms, 0, this.options.maxValue)", "clip(norms, 0, 1)"),
  inNorms("constraints")("mul(norms, 1 - rate)", "mul(norms, rate - 1)"),
  of("nn/regularizers/orthogonal-regularizer.ts", "nn/golden-weight-objects.test.ts")(
    "size * (size - 1)",
    "size * size",
  ),
  inSchedules("cosine-decay.ts")("div(step, warmupSteps)", "div(step, decaySteps)"),
  inSchedules("cosine-decay.ts")("mul(halfWave(share), 1 - alpha)", "halfWave(share)"),
];
