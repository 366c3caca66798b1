import { describe, test } from "vitest";
import { checkKerasRun, kerasRunNames } from "./keras-runs.ts";

describe("Keras's runs of models of every structure, on the reference device", () => {
  test.each(kerasRunNames)("%s", (name) => checkKerasRun(name, { device: "reference", tolerance: 1e-5 }));
});
