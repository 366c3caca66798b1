/** Saliency: how much the score of the likeliest class depends on each pixel; a gradient by an input, compiled by `jit`. */
import { type DeviceName, gradients, jit, Sequential, type Sym, setSeed, tensor } from "fovea";
import { Conv2D, Dense, Flatten } from "fovea/layers";
import { abs, max } from "fovea/ops";

export async function findSaliency(device: DeviceName) {
  setSeed(10);
  const net = new Sequential([
    new Conv2D({ filters: 3, kernelSize: 3, activation: "tanh", inputShape: [5, 5, 1] }),
    new Flatten(),
    new Dense({ units: 4 }),
  ]);
  const images = tensor(
    Float32Array.from({ length: 3 * 25 }, (_, i) => Math.sin(i * 1.3)),
    [3, 5, 5, 1],
  );
  const score = jit((x: Sym) => max(net.call(x), -1), { device });
  const saliency = jit((x: Sym) => abs(gradients(max(net.call(x), -1), [x])[0]), { device });
  return { images, score, heat: await saliency(images) };
}
