/** Options that recurrent layers and their cells share. */
import { activation } from "../activations.ts";
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import { flag, integer, number } from "../option-kinds.ts";
import { regularizer } from "../regularizers/resolve.ts";

/** How a layer runs over time. */
export const sequenceOptions = {
  /** Whether it gives the output of every time step; else that of the last one. Default false. */
  returnSequences: /* @__PURE__ */ flag({ default: false }),
  /** Whether it also gives the states after the last step: [output, state, …]. Default false. */
  returnState: /* @__PURE__ */ flag({ default: false }),
  /** Whether it reads the sequence from its end; outputs come in that order, too. Default false. */
  goBackwards: /* @__PURE__ */ flag({ default: false }),
  /** Whether the states after a batch are those before the next one, row by row, until `resetStates`. Default false. */
  stateful: /* @__PURE__ */ flag({ default: false }),
  /** Taken and kept for configs; time steps are always unrolled. Default false. */
  unroll: /* @__PURE__ */ flag({ default: false }),
  /** Whether the output of a time step that is masked is 0; else it is that of the step before. Default false. */
  zeroOutputForMask: /* @__PURE__ */ flag({ default: false }),
};

export const units = {
  /** Values of the output, and of each state. */
  units: /* @__PURE__ */ integer({ min: 1 }),
  /** Of the output. Default "tanh". */
  activation: /* @__PURE__ */ activation("tanh"),
};

export const recurrentActivation = {
  /** Of the gates. Default "sigmoid". */
  recurrentActivation: /* @__PURE__ */ activation("sigmoid"),
};

export const bias = {
  /** Default true. */
  useBias: /* @__PURE__ */ flag({ default: true }),
};

export const weightInitializers = {
  /** Of the weights by which inputs are multiplied. Default "glorot_uniform". */
  kernelInitializer: /* @__PURE__ */ initializer("glorot_uniform"),
  /** Of the weights by which states are multiplied. Default "orthogonal". */
  recurrentInitializer: /* @__PURE__ */ initializer("orthogonal"),
  /** Default "zeros". */
  biasInitializer: /* @__PURE__ */ initializer("zeros"),
};

export const forgetBias = {
  /** Whether the bias of the forget gate begins at 1 (Jozefowicz et al. 2015). Default true. */
  unitForgetBias: /* @__PURE__ */ flag({ default: true }),
};

export const weightRegularizers = {
  /** Penalty of the kernel. Default none. */
  kernelRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the recurrent kernel. Default none. */
  recurrentRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: /* @__PURE__ */ regularizer(),
};

export const outputRegularizer = {
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: /* @__PURE__ */ regularizer(),
};

export const weightConstraints = {
  /** Applied to the kernel after each update. Default none. */
  kernelConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the recurrent kernel after each update. Default none. */
  recurrentConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: /* @__PURE__ */ constraint(),
};

export const dropoutRates = {
  /** Share of the inputs that are 0 in training, the same ones in all time steps (with recurrentDropout others for each gate). Default 0. */
  dropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
  /** Share of the state's values that are 0 in training where it is multiplied, others for each gate, the same ones in all time steps. Default 0. */
  recurrentDropout: /* @__PURE__ */ number({ min: 0, max: 1, default: 0 }),
};

export const resetAfter = {
  /** Whether the reset gate acts behind the product with the state, as cuDNN computes it, or before. Default true. */
  resetAfter: /* @__PURE__ */ flag({ default: true }),
};

export const dropoutSeed = {
  /** Of dropout. Default null: from `setSeed`. */
  seed: /* @__PURE__ */ integer({ default: null }),
};
