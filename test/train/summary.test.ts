import { clearSession, input, Model, Sequential } from "fovea";
import { Conv2D, Dense, Dropout, Flatten } from "fovea/layers";
import { SGD } from "fovea/optimizers";
import { beforeEach, expect, test } from "vitest";
import { powerRows, silent, zeroModel } from "./small-models.ts";

beforeEach(() => clearSession());

const handout = `Model: "sequential"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┓
┃ Layer (type)                         ┃ Output Shape                ┃         Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━┩
│ conv2d (Conv2D)                      │ (None, 26, 26, 64)          │             640 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ conv2d_1 (Conv2D)                    │ (None, 24, 24, 32)          │          18,464 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ flatten (Flatten)                    │ (None, 18432)               │               0 │
├──────────────────────────────────────┼─────────────────────────────┼─────────────────┤
│ dense (Dense)                        │ (None, 10)                  │         184,330 │
└──────────────────────────────────────┴─────────────────────────────┴─────────────────┘
`;

/** What `summary` prints and returns. */
function summaryOf(model: Model, options: object = {}): string {
  let printed = "";
  const text = model.summary({ print: (part) => (printed += part), ...options });
  expect(printed).toBe(text);
  return text;
}

const footer = (text: string) => text.split("\n").filter((line) => line.includes("params"));

test("the handout's model, before and after training", async () => {
  const model = new Sequential([
    new Conv2D({ filters: 64, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new Conv2D({ filters: 32, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "sparse_categorical_crossentropy", device: "cpu", threads: 1 });
  const trainable = ` Trainable params: 203,434 (794.66 KB)\n Non-trainable params: 0 (0.00 B)\n`;
  expect(summaryOf(model)).toBe(`${handout} Total params: 203,434 (794.66 KB)\n${trainable}`);
  await model.fit(new Array(2).fill(new Array(28).fill(new Array(28).fill(0.5))), [3, 4], silent);
  expect(summaryOf(model)).toBe(
    `${handout} Total params: 610,304 (2.33 MB)\n${trainable} Optimizer params: 406,870 (1.55 MB)\n`,
  );
  expect(model.countParams()).toBe(203434);
});

test("SGD without momentum has two numbers of its own, once it is built", async () => {
  const model = zeroModel({ optimizer: new SGD() });
  expect(footer(summaryOf(model))).toEqual([
    " Total params: 2 (8.00 B)",
    " Trainable params: 2 (8.00 B)",
    " Non-trainable params: 0 (0.00 B)",
  ]);
  await model.fit(...powerRows(2), silent);
  expect(footer(summaryOf(model))).toEqual([
    " Total params: 4 (16.00 B)",
    " Trainable params: 2 (8.00 B)",
    " Non-trainable params: 0 (0.00 B)",
    " Optimizer params: 2 (8.00 B)",
  ]);
});

test("a model that is not built yet", () => {
  const text = summaryOf(new Sequential([new Dense({ units: 2 }), new Dropout({ rate: 0.5 })]));
  expect(text).toContain("│ dense (Dense)                        │ ?                           │     0 (unbuilt) │");
  expect(footer(text)[0]).toBe(" Total params: 0 (0.00 B)");
});

test("frozen layers count as non-trainable and are marked", () => {
  const model = new Sequential([
    new Dense({ units: 2, trainable: false, inputShape: [3] }),
    new Flatten(),
    new Dense({ units: 1 }),
  ]);
  const text = summaryOf(model, { showTrainable: true });
  expect(text).toContain("┃ Traina… ┃");
  expect(text).toMatch(/dense \(Dense\).*│ +8 │ +N +│/);
  expect(text).toMatch(/flatten \(Flatten\).*│ +0 │ +- +│/);
  expect(text).toMatch(/dense_1 \(Dense\).*│ +3 │ +Y +│/);
  expect(footer(text)).toEqual([
    " Total params: 11 (44.00 B)",
    " Trainable params: 3 (12.00 B)",
    " Non-trainable params: 8 (32.00 B)",
  ]);
});

test("a functional model shows its InputLayer and who is connected to whom", () => {
  const x = input({ shape: [4] });
  const model = new Model({ inputs: x, outputs: new Dense({ units: 2 }).apply(new Flatten().apply(x)) });
  const text = summaryOf(model);
  expect(text).toMatch(/^Model: "functional"\n/);
  expect(text).toContain("Connected to");
  expect(text).toMatch(/│ input_layer.*│ \(None, 4\) +│ +0 │ - +│/);
  expect(text).toMatch(/│ flatten \(Flatten\).*│ input_layer\[0\]\[0\] +│/);
  expect(text).toMatch(/│ dense \(Dense\).*│ flatten\[0\]\[0\] +│/);
});

test("a line length of one's own", () => {
  const model = new Sequential([new Dense({ units: 1, inputShape: [2] })]);
  for (const line of summaryOf(model, { lineLength: 60 }).split("\n").slice(1, 6)) expect(line.length).toBe(60);
});
