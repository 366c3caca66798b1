import { describe, test } from "vitest";
import { checkKerasRun, kerasRunNames } from "./keras-runs.ts";

describe("Keras's runs of models of every structure, on the GPU device", () => {
  test.each(kerasRunNames)("%s", (name) => checkKerasRun(name, { device: "gpu", tolerance: 1e-4 }));
});
