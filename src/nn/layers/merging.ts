/** What layers that join inputs entry by entry share. K: `layers/merging/base_merge.py`. */
import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { formatShape } from "../../base/shape.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { logicalOr } from "../../ops/composed.ts";
import { reshape } from "../../ops/reshape.ts";
import type { CallOptions } from "../call-context.ts";
import { checkOneShape, isShapeOfBatch } from "../doors.ts";
import { type BatchShape, isSym } from "../keras-tensor.ts";
import { Layer, type LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";

/** A layer that takes a list of inputs. */
export abstract class ListLayer<O extends object = object> extends Layer<O> {
  declare readonly ranks: { readonly in: "list"; readonly out: number };

  /** The options are checked at run time; subclasses state their types. */
  constructor(options: object = {}) {
    super(options);
  }

  abstract override call(inputs: readonly Sym[], _options?: CallOptions): Sym;
  abstract override computeOutputShape(shapes: readonly BatchShape[]): BatchShape;

  override get takesSeveral(): boolean {
    return true;
  }

  override get storesBuildShape(): boolean {
    return true;
  }

  protected override takeInputs<T>(inputs: Nested<T>): Nested<T> {
    if (!Array.isArray(inputs)) throw new ArgumentError(`${this.title} takes a list of inputs: apply([a, b, …]).`);
    return inputs;
  }

  protected override requireShapes(who: string, shapes: unknown): void {
    if (!Array.isArray(shapes) || shapes.length === 0 || isShapeOfBatch(shapes))
      throw new ArgumentError(`${who} takes a list of input shapes, got ${formatValue(shapes)}.`);
    for (const shape of shapes as unknown[]) checkOneShape(who, shape);
  }

  protected override checkInputShape(shapes: Nested<BatchShape>): void {
    this.computeOutputShape(shapes as readonly BatchShape[]);
  }

  override reading(_inputShape: readonly number[]): Reading | undefined {
    return { kind: "same" };
  }
}

/**
 * Joins inputs [batch, …] entry by entry. Axes of size 1, and missing axes behind the batch, are repeated (NumPy's rule).
 */
export abstract class Merging extends ListLayer {
  constructor(options: LayerOptions = {}) {
    super(options);
  }

  /** What is done to the inputs, in messages: "added". */
  protected abstract readonly verb: string;

  /** Joins two values that fit each other. */
  protected abstract join(a: Sym, b: Sym): Sym;

  override computeOutputShape(shapes: readonly BatchShape[]): BatchShape {
    return shapes.reduce((joined, shape) => this.#broadcast(joined, shape));
  }

  #broadcast(a: BatchShape, b: BatchShape): BatchShape {
    const [longer, shorter] = a.length >= b.length ? [a, b] : [b, a];
    const missing = longer.length - shorter.length;
    const axes = longer.slice(1).map((size, i) => {
      const other = i < missing ? 1 : shorter[1 + i - missing]!;
      if (size === 1) return other;
      if (other === 1 || other === size) return size;
      if (size === null || other === null) return size ?? other;
      throw new ShapeError(
        `${this.title}: inputs ${formatShape(a)} and ${formatShape(b)} cannot be ${this.verb}; ` +
          "their axes behind the batch must be equal, or 1 in one of them.",
      );
    });
    return [longer[0] ?? shorter[0]!, ...axes];
  }

  override call(inputs: readonly Sym[], _options?: CallOptions): Sym {
    const rank = Math.max(...inputs.map(({ spec }) => spec.shape.length));
    // Keras puts missing axes behind the batch axis.
    const aligned = inputs.map((x) => {
      const { shape } = x.spec;
      return reshape(x, [shape[0]!, ...new Array<number>(rank - shape.length).fill(1), ...shape.slice(1)]);
    });
    return aligned.reduce((joined, x) => this.join(joined, x));
  }

  override get supportsMasking(): boolean {
    return true;
  }

  /** An entry counts where it counts in any input; without a mask of every input all count. */
  override computeMask(_inputs: Nested<Sym>, mask: Nested<Sym | undefined>): Sym | undefined {
    if (!Array.isArray(mask)) return mask as Sym | undefined;
    const masks = (mask as (Sym | undefined)[]).filter((each) => each !== undefined);
    return masks.length === mask.length && masks.every(isSym) ? masks.reduce(logicalOr) : undefined;
  }
}
