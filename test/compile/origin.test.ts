import { expect, test } from "vitest";
import { explainSteps } from "../../src/insight/index.ts";
import { Conv2D, Dense, Flatten } from "../../src/nn/layers/index.ts";
import { Sequential } from "../../src/train/sequential.ts";

test("every call of a training step knows the layer that it was written for, through all passes", async () => {
  const model = new Sequential([
    new Conv2D({ filters: 16, kernelSize: 3, activation: "relu", inputShape: [10, 10, 8], name: "eye" }),
    new Flatten(),
    new Dense({ units: 2, activation: "softmax", name: "brain" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" });
  const x = new Array(2).fill(new Array(10).fill(new Array(10).fill(new Array(8).fill(1))));
  await model.trainOnBatch(x, [
    [1, 0],
    [0, 1],
  ]);
  const compiled = await model.compiledSteps();
  const { program } = [...compiled!.steps.values()][0]!;
  const origins = program.phases.flatMap(({ calls }) => calls.map(({ origin }) => origin));
  expect(origins.filter((origin) => origin === undefined)).toEqual([]);
  const owners = new Set(origins.map((origin) => `${origin!.owner}${origin!.backward ? " backward" : ""}`));
  for (const owner of ["eye", "eye backward", "brain", "brain backward", "loss", "optimizer"])
    expect(owners).toContain(owner);
  expect(await explainSteps(model)).toMatch(/winogradProductGrad \[accumulate\].* {2}for eye, backward/);
});
