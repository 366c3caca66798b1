import { ArgumentError } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../../base/shape.ts";
import { functionClass } from "../plain-function.ts";
import { Initializer } from "./initializer.ts";

/** Values in row-major order. */
export type InitializerFunction = (shape: Shape) => ArrayLike<number>;

/** A plain function in the place of an initializer. A config keeps its name alone. */
export class FunctionInitializer extends Initializer {
  static override readonly className = functionClass;
  static override readonly module = "builtins";
  readonly #values: InitializerFunction;

  constructor(values: InitializerFunction) {
    super();
    this.#values = values;
  }

  /** @throws ArgumentError unless the function gives as many numbers as the shape has */
  override initialize(shape: Shape): Float32Array {
    const values = this.#values(shape);
    const expected = sizeOf(shape);
    if (values?.length !== expected || !Array.prototype.every.call(values, (value) => typeof value === "number"))
      throw new ArgumentError(
        `The initializer function${this.#values.name ? ` "${this.#values.name}"` : ""} gave ${values?.length ?? "no"} values for shape ${formatShape(shape)}, expected ${expected} numbers in row-major order.`,
      );
    return Float32Array.from(values);
  }

  override getConfig(): Record<string, unknown> {
    return { name: this.#values.name };
  }
}
