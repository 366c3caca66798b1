/** What notebooks show of models and histories. */
import { History, Sequential } from "fovea";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { expect, test } from "vitest";

/** As Deno's Jupyter kernel asks. */
const displayOf = (value: object) =>
  (value as Record<symbol, () => Promise<Record<string, string>>>)[Symbol.for("Jupyter.display")]!();

test("a model shows its summary, as Keras's text and as a table with the same cells", async () => {
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1], name: "a<b" }),
    new Flatten({ name: "flatten" }),
    new Dense({ units: 10, name: "dense" }),
  ]);
  const shown = await displayOf(model);
  expect(shown["text/plain"]).toBe(model.summary({ print: () => {} }));
  const cells = [...shown["text/html"]!.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell);
  expect(cells).toEqual([
    ...["a&lt;b (Conv2D)", "(None, 26, 26, 64)", "640"],
    ...["flatten (Flatten)", "(None, 43264)", "0"],
    ...["dense (Dense)", "(None, 10)", "432,650"],
  ]);
  expect(shown["text/html"]).toContain("Total params: 433,290 (1.65 MB)<br>");
});

test("a history shows its losses in one chart and its metrics in another", async () => {
  const history = new History();
  history.append(0, { accuracy: 0.5, loss: 2, val_loss: 2.5 });
  history.append(1, { accuracy: 0.75, loss: 1, val_loss: 1.5 });
  const shown = await displayOf(history);
  expect(shown["text/plain"]).toBe(
    "Epoch 1: accuracy 0.5000, loss 2.0000, val_loss 2.5000\nEpoch 2: accuracy 0.7500, loss 1.0000, val_loss 1.5000\n",
  );
  const [losses, metrics, ...others] = shown["text/html"]!.split(/(?=<svg)/);
  expect(others).toEqual([]);
  expect(losses).toContain("loss: 2 values, from 2 to 1 at epoch 2;");
  expect(losses).toContain("val_loss: 2 values, from 2.50 to 1.50 at epoch 2;");
  expect(losses).not.toContain("accuracy");
  expect(metrics).toContain("accuracy: 2 values, from 0.500 to 0.750 at epoch 2;");
});
