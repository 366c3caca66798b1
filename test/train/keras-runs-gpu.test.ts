import { describe, test } from "vitest";
import { checkKerasRun, kerasRunNames } from "./keras-runs.ts";

describe("Keras's runs of models of every structure, on the GPU device", () => {
  // Time steps of an LSTM are hundreds of dispatches: half a minute on a software renderer.
  test.each(kerasRunNames.filter((name) => name !== "lstm_rows"))("%s", (name) =>
    checkKerasRun(name, { device: "gpu", tolerance: 1e-4 }),
  );
});
