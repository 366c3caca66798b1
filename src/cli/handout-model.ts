/** The CNN of the handout: 203,434 parameters. */
import { type DeviceName, Sequential } from "../index.ts";
import { Conv2D, Dense, Flatten } from "../nn/layers/index.ts";
import { Adam } from "../nn/optimizers/index.ts";

export function handoutModel(): Sequential {
  return new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
}

export interface CompileHandoutOptions {
  readonly device: DeviceName;
  readonly threads?: number | undefined;
  /** Default: Adam's own, 0.001. */
  readonly learningRate?: number | undefined;
}

/** Compiles as the handout does. */
export function compileHandout(model: Sequential, options: CompileHandoutOptions): Sequential {
  const { device, threads, learningRate } = options;
  model.compile({
    optimizer: learningRate === undefined ? "adam" : new Adam({ learningRate }),
    loss: "categorical_crossentropy",
    metrics: ["accuracy"],
    device,
    ...(threads === undefined ? {} : { threads }),
  });
  return model;
}
