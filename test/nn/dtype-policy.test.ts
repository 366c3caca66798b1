/** Dtype policies are accepted, kept in configs, and said once; numbers are float32's. */
import { type DTypePolicy, dtypePolicy, modelFromJSON, Sequential, setDtypePolicy, tensor } from "fovea";
import { Dense } from "fovea/layers";
import { afterEach, expect, test } from "vitest";

afterEach(() => setDtypePolicy("float32"));

const policyIn = (layer: Dense) => (layer.getConfig().dtype as { config: { name: string } }).config.name;

test("layers take the policy of the process when they are made, or their own", () => {
  const before = new Dense({ units: 1 });
  setDtypePolicy("mixed_float16");
  expect(dtypePolicy()).toBe("mixed_float16");
  expect([before, new Dense({ units: 1 }), new Dense({ units: 1, dtype: "bfloat16" })].map(policyIn)).toEqual([
    "float32",
    "mixed_float16",
    "bfloat16",
  ]);
  setDtypePolicy("float32");
  expect(policyIn(new Dense({ units: 1 }))).toBe("float32");
});

test("a model computes as in float32, fit says it once, and the config keeps the policy", async () => {
  const run = async (policy: DTypePolicy) => {
    setDtypePolicy(policy);
    const model = new Sequential([
      new Dense({ units: 2, kernelInitializer: "ones", inputShape: [1] }),
      new Dense({ units: 1, kernelInitializer: "ones" }),
    ]);
    model.compile({ optimizer: "sgd", loss: "mse", device: "reference" });
    let text = "";
    const write = (piece: string) => {
      text += piece;
    };
    await model.fit(tensor([[1]]), tensor([[0.5]]), { epochs: 2, verbose: 2, write });
    return { model, text, weights: model.getWeights().map(({ data }) => [...data]) };
  };
  const plain = await run("float32");
  const mixed = await run("mixed_float16");
  expect(mixed.weights).toEqual(plain.weights);
  expect(plain.text).not.toContain("policy");
  expect(mixed.text.match(/Layers have the dtype policy "mixed_float16"; fovea computes in float32/g)).toHaveLength(1);
  setDtypePolicy("float32");
  const json = mixed.model.toJSON();
  expect(JSON.stringify(json).match(/"mixed_float16"/g)).toHaveLength(3);
  expect(modelFromJSON(json).toJSON()).toEqual(json);
});

test.each(["float64", "int8", 3])("%s is refused", (policy) => {
  expect(() => setDtypePolicy(policy as DTypePolicy)).toThrow(/^Unknown dtype of setDtypePolicy/);
  const make = () => new Dense({ units: 1, name: "d", dtype: policy as DTypePolicy });
  expect(make).toThrow(/^Unknown dtype of Dense "d".*mixed_float16/);
});
