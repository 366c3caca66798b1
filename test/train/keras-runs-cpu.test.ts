import { describe, test } from "vitest";
import { checkKerasRun, kerasRunNames } from "./keras-runs.ts";

describe.each([1, 2])("Keras's runs of models of every structure, on the CPU device with %i threads", (threads) => {
  test.each(kerasRunNames)("%s", (name) => checkKerasRun(name, { device: "cpu", threads, tolerance: 1e-4 }));
});
