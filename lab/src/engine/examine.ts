/** What the weights of a run are like after a step: which digits they find hard, and which units do nothing. */

import { deadUnits } from "fovea/insight";
import { lossOf } from "./microscope.ts";
import { imagesTensor, type Networks } from "./networks.ts";
import type { Examination, HardSample, LayerZeros, LossName } from "./protocol.ts";
import type { TrainingData } from "./training-data.ts";

const HARDEST = 12;
/** Images whose maps are counted. */
const OBSERVED = 32;
const PIXELS = 784;

export async function examine(
  networks: Networks,
  { at, data, loss }: { readonly at: number; readonly data: TrainingData; readonly loss: LossName },
): Promise<Omit<Examination, "ms" | "device">> {
  const images = data.testImages.data as Float32Array;
  const targets = data.testTargets.data as Float32Array;
  const count = images.length / PIXELS;
  const { data: probabilities } = await networks.predict(images, at);
  const rows = Array.from({ length: count }, (_, row) => {
    const [p, y] = [probabilities, targets].map((all) => all.subarray(10 * row, 10 * row + 10) as Float32Array);
    return { row, label: y!.indexOf(1), best: p!.indexOf(Math.max(...p!)), loss: lossOf(loss, p!, y!), p: p! };
  });
  const hardest = rows
    .toSorted((a, b) => b.loss - a.loss)
    .slice(0, HARDEST)
    .map(
      ({ row, label, loss: own, p }): HardSample => ({
        image: images.slice(row * PIXELS, (row + 1) * PIXELS),
        label,
        loss: own,
        probabilities: [...p],
      }),
    );
  const right = rows.filter(({ label, best }) => label === best).length;
  return { images: count, right, hardest, zeros: await countZeros(networks, images, at) };
}

async function countZeros(networks: Networks, images: Float32Array, at: number): Promise<LayerZeros[]> {
  const shown = imagesTensor(images.slice(0, OBSERVED * PIXELS));
  const layers = await networks.withModel(at, (model) => deadUnits(model, shown));
  return layers.map(({ layer, units, dead, zeros }) => ({ layer, units, dead: dead.length, zeros }));
}
