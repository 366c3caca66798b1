/** Weights that cannot be trained are never left alone in silence. */
import { input, Model, Sequential } from "fovea";
import { Dense, Layer, type Variable } from "fovea/layers";
import { floor, multiply, type Sym, stopGradient } from "fovea/ops";
import { SGD } from "fovea/optimizers";
import { describe, expect, test } from "vitest";
import { emitOne, type Op } from "../../src/ir/op.ts";
import { silent, weightValues } from "./small-models.ts";

/** An op of one's own that says nothing of its gradient. */
const twiceOp: Op = {
  name: "twice",
  infer: ([spec]) => [spec!],
  reference: ([x], [y]) => {
    x!.forEach((value, i) => {
      y![i] = 2 * value;
    });
  },
};

/** A weight that is multiplied with the input after something was done to it. */
class Through extends Layer {
  factor!: Variable;
  readonly #change: (factor: Sym) => Sym;

  constructor(name: string, change: (factor: Sym) => Sym) {
    super({ name, inputShape: [1] });
    this.#change = change;
  }

  override build(): void {
    this.factor = this.addWeight({ name: "factor", shape: [1], initializer: "ones" });
  }

  override call(x: Sym): Sym {
    return multiply(x, this.#change(this.factor.read()));
  }
}

const compiled = (model: Model) => {
  model.compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "mse", device: "reference" });
  return model;
};

describe("a weight behind an op without a gradient rule", () => {
  const twice = (factor: Sym) => emitOne(twiceOp, [factor], {});

  test("is an error that names the op and the layer", async () => {
    const model = compiled(new Sequential([new Through("gate", twice), new Dense({ units: 1 })]));
    await expect(model.fit([[1]], [0], silent)).rejects.toThrow(
      'The op "twice" of "gate" has no gradient, but the loss depends on trained values through it.',
    );
    expect(weightValues(model)[0]).toEqual([1]);
  });

  test("does not matter where nothing behind it is trained", async () => {
    const gate = new Through("gate", twice);
    const model = compiled(new Sequential([gate, new Dense({ units: 1, kernelInitializer: "ones" })]));
    gate.trainable = false;
    // (2·1·1 + 0 - 0)² = 4; the kernel's slope is 2·2·2.
    expect((await model.fit([[1]], [0], silent)).history.loss).toEqual([4]);
    expect(weightValues(model)[1]![0]).toBeCloseTo(1 - 0.1 * 8, 6);
    expect((await model.predict([[1]], silent)).shape).toEqual([1, 1]);
  });
});

describe("weights that the loss does not depend on", () => {
  const run = async (layers: readonly Layer[], options = {}) => {
    const said: string[] = [];
    const model = compiled(new Sequential(layers));
    const write = (text: string) => void said.push(text);
    await model.fit([[1], [2], [3]], [0, 0, 0], { batchSize: 2, epochs: 2, verbose: 2, write, ...options });
    // Another size of batch is another step.
    await model.fit([[1]], [0], { verbose: 2, write, ...options });
    return {
      model,
      notices: said
        .join("")
        .split("\n")
        .filter((line) => line.includes("depend")),
    };
  };

  test.each([
    ["stopGradient", stopGradient],
    ["an op whose derivative is zero", floor],
  ])("behind %s are said once", async (_name, change) => {
    const dense = new Dense({ units: 1, kernelInitializer: "ones", name: "out" });
    const { model, notices } = await run([new Through("gate", change), dense]);
    expect(notices).toEqual([`The loss does not depend on "${model.name}/gate/factor", so it is not trained.`]);
    expect(weightValues(model)[0]).toEqual([1]);
    expect(weightValues(model)[1]![0]).not.toBe(1);
  });

  test("are not said where they are frozen", async () => {
    const gate = new Through("gate", stopGradient);
    gate.trainable = false;
    expect((await run([gate, new Dense({ units: 1 })])).notices).toEqual([]);
  });

  test("are none in a model whose every weight trains", async () => {
    expect((await run([new Through("gate", (factor) => factor), new Dense({ units: 1 })])).notices).toEqual([]);
  });

  test("two of them are one sentence", async () => {
    const x = input({ shape: [1] });
    const [used, idle] = [new Dense({ units: 1, name: "used" }), new Dense({ units: 1, name: "idle" })];
    const model = new Model({ inputs: x, outputs: [used.apply(x), idle.apply(x)] });
    model.compile({ optimizer: "sgd", loss: ["mse", null], device: "reference" });
    const said: string[] = [];
    await model.fit([[1]], [[0], null], { verbose: 2, write: (text) => void said.push(text) });
    expect(said.join("")).toContain(
      'The loss does not depend on "idle/kernel", "idle/bias", so they are not trained.\n',
    );
  });

  test("all of them: an error", async () => {
    const model = compiled(new Sequential([new Through("gate", stopGradient)]));
    await expect(model.fit([[1]], [0], silent)).rejects.toThrow(
      "SGD: no weight has a gradient, so there is nothing to train.",
    );
  });
});
