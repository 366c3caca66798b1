/** A page with one CNN on the CPU, to see what of fovea it loads. */
import { Sequential, tensor } from "fovea";
import { Conv2D, Dense, Flatten, MaxPooling2D } from "fovea/layers";

const model = new Sequential([
  new Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
  new MaxPooling2D({ poolSize: 2 }),
  new Flatten(),
  new Dense({ units: 10, activation: "softmax" }),
]);
model.compile({ optimizer: "adam", loss: "categorical_crossentropy", metrics: ["accuracy"], device: "cpu" });

async function train(): Promise<void> {
  const images = tensor(new Float32Array(32 * 28 * 28), [32, 28, 28, 1]);
  const labels = tensor(new Float32Array(32 * 10).fill(0.1), [32, 10]);
  await model.fit(images, labels, { epochs: 1, verbose: 0 });
  const { shape } = await model.predict(images, { verbose: 0 });
  document.body.dataset.predicted = shape.join("x");
}

document.querySelector("button")?.addEventListener("click", train);
document.body.dataset.ready = "";
