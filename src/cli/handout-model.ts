/** The CNN of the handout: 203,434 parameters. */
import { type DeviceName, Sequential } from "../index.ts";
import { Conv2D, Dense, Flatten } from "../nn/layers/index.ts";
import { Adam } from "../nn/optimizers/index.ts";

/** Filters of the second convolution: half of the first one's, 32 for the handout's 64. */
export function secondFilters(filters: number): number {
  return Math.ceil(filters / 2);
}

/** @param filters of the first convolution; 64 in the handout */
export function handoutModel(filters = 64): Sequential {
  return new Sequential([
    new Conv2D({ filters, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: secondFilters(filters), kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
}

export interface CompileHandoutOptions {
  /** Default "auto". */
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
  /** Default: Adam's default, 0.001. */
  readonly learningRate?: number | undefined;
}

/** Compiles the model as the handout does. */
export function compileHandout(model: Sequential, options: CompileHandoutOptions): Sequential {
  const { device = "auto", threads, learningRate } = options;
  model.compile({
    optimizer: learningRate === undefined ? "adam" : new Adam({ learningRate }),
    loss: "categorical_crossentropy",
    metrics: ["accuracy"],
    device,
    ...(threads === undefined ? {} : { threads }),
  });
  return model;
}
