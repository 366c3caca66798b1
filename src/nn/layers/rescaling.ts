import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import { type NestedArray, tensor } from "../../base/tensor.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, mul, type Operand } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import type { GivenOptions, OptionsOf } from "../option-kinds.ts";
import type { LayerOptions } from "./layer.ts";
import { numbersOption } from "./numbers-option.ts";
import { SameShapeLayer } from "./unary-layer.ts";

const options = {
  /** Multiplied by: a number, or a list of one per channel. */
  scale: /* @__PURE__ */ numbersOption(),
  /** Added then. Default 0. */
  offset: /* @__PURE__ */ numbersOption(0),
};

export type RescalingOptions = GivenOptions<typeof options>;

/**
 * x · scale + offset, in training and in use. Any shape; lists are laid along the last axes. K: `layers/preprocessing/rescaling.py`.
 *
 * @throws ShapeError where a list does not fit the input
 * @example
 * ```ts
 * import { Rescaling } from "fovea/layers";
 * const layer = new Rescaling({ scale: 1 / 127.5, offset: -1 });
 * (await layer.run([[0, 255]], { device: "reference" })).toArray(); // [[-1, 1]]
 * ```
 */
export class Rescaling extends SameShapeLayer<OptionsOf<typeof options>> {
  static override readonly className = "Rescaling";
  static override readonly options = options;

  constructor(given: RescalingOptions & LayerOptions) {
    super(given);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    for (const name of ["scale", "offset"] as const) {
      const { shape } = tensor(this.options[name]);
      const own = inputShape.slice(1).slice(-shape.length);
      const fits =
        own.length >= shape.length && shape.every((size, i) => size === 1 || own[i] === null || size === own[i]);
      if (shape.length > 0 && !fits)
        throw new ShapeError(
          `${this.title}: ${name} has the shape ${formatShape(shape)}, which does not fit the last axes of an input ${formatShape(inputShape)}.`,
        );
    }
    return inputShape;
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const operand = (given: NestedArray): Operand => {
      if (typeof given === "number") return given;
      const { data, shape } = tensor(given);
      return literal(x.builder, [...data], shape);
    };
    return add(mul(x, operand(this.options.scale)), operand(this.options.offset));
  }
}
