/** State of a layer or an optimizer on the host: weights, slots, counters. */
import { sizeOf } from "../base/shape.ts";

export interface VariableOptions {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  readonly value: Float32Array;
}

/** A named float32 array. While a model trains, the device holds the newer values; they are fetched at the end of each epoch. */
export class Variable {
  /** Keras's name of the weight: "kernel", "bias", … */
  readonly name: string;
  /** model/layer/name, unique in a model: the variable's name on the device. */
  path: string;
  readonly shape: readonly number[];
  readonly trainable: boolean;
  value: Float32Array;

  constructor({ name, shape, trainable, value }: VariableOptions) {
    this.name = name;
    this.path = name;
    this.shape = shape;
    this.trainable = trainable;
    this.value = value;
  }

  /** Number of values. */
  get size(): number {
    return sizeOf(this.shape);
  }
}
