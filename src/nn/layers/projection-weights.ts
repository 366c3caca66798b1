/** Options of the weights of projections, in the order of Keras's configs. */
import { constraint } from "../constraints/resolve.ts";
import { initializer } from "../initializers/resolve.ts";
import { regularizer } from "../regularizers/resolve.ts";

export const projectionWeights = {
  /** Default "glorot_uniform". */
  kernelInitializer: /* @__PURE__ */ initializer("glorot_uniform"),
  /** Default "zeros". */
  biasInitializer: /* @__PURE__ */ initializer("zeros"),
  /** Penalty of the kernel. Default none. */
  kernelRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the bias. Default none. */
  biasRegularizer: /* @__PURE__ */ regularizer(),
  /** Penalty of the output, divided by the rows. Default none. */
  activityRegularizer: /* @__PURE__ */ regularizer(),
  /** Applied to the kernel after each update. Default none. */
  kernelConstraint: /* @__PURE__ */ constraint(),
  /** Applied to the bias after each update. Default none. */
  biasConstraint: /* @__PURE__ */ constraint(),
};
