import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import type { CallContext } from "../call-context.ts";
import { type OptionsOf, value } from "../option-kinds.ts";
import { Layer, type LayerOptions } from "./layer.ts";

/** Writes ops of the input, or of the list or record of inputs. */
export type LambdaFunction = (inputs: never, context: CallContext) => Nested<Sym>;

const options = {
  /** Writes the layer's ops. */
  function: /* @__PURE__ */ value<LambdaFunction>((given, owner) => {
    if (typeof given !== "function")
      throw new ArgumentError(`${owner}: function is ${formatValue(given)}, expected a function of symbolic values.`);
    return given as LambdaFunction;
  }),
};

type Written<F extends LambdaFunction> = ReturnType<F>;

/**
 * A layer of a function. It has no weights; its output's shape is found by tracing. K: `layers/core/lambda_layer.py`.
 *
 * @typeParam F the function
 * @example
 * ```ts
 * import { Lambda } from "fovea/layers";
 * import { multiply, type Sym } from "fovea/ops";
 * new Lambda((x: Sym) => multiply(x, 2)).computeOutputShape([null, 3]); // [null, 3]
 * ```
 */
export class Lambda<F extends LambdaFunction = (x: Sym) => Sym> extends Layer<OptionsOf<typeof options>, Written<F>> {
  static override readonly className = "Lambda";
  static override readonly options = options;

  constructor(given: F | ({ readonly function: F } & LayerOptions)) {
    super(typeof given === "function" ? { function: given } : given);
  }

  override call(inputs: Nested<Sym>, context: CallContext): Written<F> {
    return this.options.function(inputs as never, context) as Written<F>;
  }

  /**
   * The function itself stands in the config: files hold its name, and `customObjects` gives it back.
   *
   * @throws ArgumentError for a function without a name
   */
  override getConfig(): Record<string, unknown> {
    const { function: written } = this.options;
    if (written.name === "" || written.name === "function")
      throw new ArgumentError(
        `${this.title}: its function has no name, so that a config could not say which one it is; ` +
          "give it one (const double = (x: Sym) => …), or make a class of it.",
      );
    return super.getConfig();
  }
}
