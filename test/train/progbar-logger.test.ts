/** ProgbarLogger shows what a run without it shows, and nothing twice. */
import type { Verbose } from "fovea";
import { ProgbarLogger } from "fovea/callbacks";
import { expect, test } from "vitest";
import { powerRows, zeroModel } from "./small-models.ts";

/** The text of a fit, an evaluation and a prediction, without times. */
async function shown(verbose: Verbose, ...callbacks: ProgbarLogger[]): Promise<string> {
  let text = "";
  const write = (piece: string) => {
    text += piece;
  };
  const options = { batchSize: 2, verbose, callbacks, write };
  const model = zeroModel();
  const [x, y] = powerRows(4);
  await model.fit(x, y, { ...options, epochs: 2, validationData: [x, y] });
  await model.evaluate(x, y, options);
  await model.predict(x, options);
  return text.replace(/\d+(\.\d+)?(ms|us|s)\b/g, "T").replace(/"(seconds|msPerStep)":[\d.e-]+/g, '"$1":T');
}

test.each<Verbose>([2, "json", 0])("verbose %s", async (verbose) => {
  const own = await shown(verbose);
  expect(own === "").toBe(verbose === 0);
  expect(await shown(verbose, new ProgbarLogger())).toBe(own);
});

test("a subclass changes what is shown", async () => {
  class Renamed extends ProgbarLogger {
    override onEpochEnd(epoch: number, { loss = 0 }: Record<string, number>) {
      super.onEpochEnd(epoch, { error: loss });
    }
  }
  expect(await shown(2, new Renamed())).toMatch(/^Epoch 1\/2\n2\/2 - T - T\/step - error: 21\.2500\nEpoch 2\/2\n/);
});
