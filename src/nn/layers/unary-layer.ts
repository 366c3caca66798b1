/** The base of the layers that take one input and give one output. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape } from "../../base/shape.ts";
import type { Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import type { CallOptions } from "../call-context.ts";
import { checkOneShape } from "../doors.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { Layer } from "./layer.ts";
import { oneInput } from "./layer-inputs.ts";
import type { Reading } from "./reading.ts";

/** A layer of one input and one output (or a structure Y of them). `computeOutputShape` of a subclass also checks the input. */
export abstract class UnaryLayer<O extends object = object, Y extends Nested<Sym> = Sym> extends Layer<O, Y> {
  declare readonly ranks: { readonly in: number; readonly out: number | "same" };

  /** The options are checked at run time; subclasses state their types. */
  constructor(options: object = {}) {
    super(options);
  }

  abstract override call(x: Sym, context?: CallOptions): Y;
  abstract override computeOutputShape(inputShape: BatchShape): Nested<BatchShape>;

  protected override takeInputs<T>(inputs: Nested<T>): Nested<T> {
    return oneInput(this.title, inputs);
  }

  protected override requireShapes(who: string, shapes: unknown): void {
    checkOneShape(who, shapes);
  }

  protected override checkInputShape(inputShape: BatchShape): void {
    this.computeOutputShape(inputShape);
  }

  /** Throws unless the input has `rank` axes, batch included. */
  protected requireRank(shape: BatchShape, rank: number, axes: string): void {
    if (shape.length !== rank)
      throw new ShapeError(
        `${this.title} takes inputs of ${rank} axes ${axes}, got ${shape.length}: ${formatShape(shape)}. Set inputShape or add a Reshape layer.`,
      );
  }

  override multiplyAdds(_inputShape: readonly number[], _outputShape: readonly number[]): number | undefined {
    return 0;
  }
}

/** A layer whose output has its input's shape, each entry made of the entry at its place. Masks pass. */
export abstract class SameShapeLayer<O extends object = object> extends UnaryLayer<O> {
  declare readonly ranks: { readonly in: number; readonly out: "same" };

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    return inputShape;
  }

  override get supportsMasking(): boolean {
    return true;
  }

  override reading(_inputShape: readonly number[]): Reading | undefined {
    return { kind: "same" };
  }
}
