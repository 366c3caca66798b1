/**
 * Grad-CAM by hand: where in an image does the network see its answer? Selvaraju et al. 2017. `gradCam` of "fovea/insight" does the
 * same for any model.
 */
import { type DeviceName, gradients, jit, Sequential, type Sym, setSeed } from "fovea";
import { digits } from "fovea/datasets";
import { Conv2D, Dense, GlobalMaxPooling2D, InputLayer, MaxPooling2D } from "fovea/layers";
import { SparseCategoricalCrossentropy } from "fovea/losses";
import { max, mean, multiply, relu, sum } from "fovea/ops";
import { Adam } from "fovea/optimizers";

/** The network in two parts: up to its last maps, and from there to the scores of the classes. */
function makeParts() {
  const maps = new Sequential([
    new InputLayer({ shape: [28, 28, 1] }),
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 32, kernelSize: 5, activation: "relu", name: "maps" }),
  ]);
  const head = new Sequential([new GlobalMaxPooling2D(), new Dense({ units: 10 })]);
  return { maps, head };
}

export async function explainDigits(device: DeviceName, { rows = 300, epochs = 6 } = {}) {
  setSeed(9);
  const { train, test } = await digits.load({ train: rows, test: 40 });
  const { maps, head } = makeParts();
  const net = new Sequential([...maps.layers, ...head.layers]);
  net.compile({
    optimizer: new Adam({ learningRate: 0.01 }),
    loss: new SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
    device,
  });
  const { history } = await net.fit(train.images, train.labels, { epochs, batchSize: 20, verbose: 0 });

  const heatOf = jit(
    (images: Sym) => {
      const seen = maps.call(images);
      // The score of the likeliest class, and how much it grows with each value of the maps.
      const [slope] = gradients(max(head.call(seen), -1), [seen]);
      const weights = mean(slope, [1, 2], { keepdims: true });
      return relu(sum(multiply(weights, seen), -1));
    },
    { device },
  );
  const heat = await heatOf(test.images);
  return { net, history, heat, images: test.images };
}
