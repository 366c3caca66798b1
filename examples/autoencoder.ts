/** A convolutional autoencoder that takes the noise out of images: it is shown the noisy ones, and asked for the clean ones. */
import { type DeviceName, Sequential, setSeed, tensor } from "fovea";
import { digits } from "fovea/datasets";
import { Conv2D, Conv2DTranspose, InputLayer, MaxPooling2D } from "fovea/layers";
import { Adam } from "fovea/optimizers";

/** 28x28 pixels become 7x7 places of `channels` numbers, and pixels again. */
export function makeAutoencoder(channels: number) {
  const encoder = new Sequential(
    [
      new InputLayer({ shape: [28, 28, 1] }),
      new Conv2D({ filters: 16, kernelSize: 3, padding: "same", activation: "relu" }),
      new MaxPooling2D(),
      new Conv2D({ filters: channels, kernelSize: 3, padding: "same", activation: "relu" }),
      new MaxPooling2D(),
    ],
    { name: "encoder" },
  );
  const decoder = new Sequential(
    [
      new InputLayer({ shape: [7, 7, channels] }),
      new Conv2DTranspose({ filters: channels, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      new Conv2DTranspose({ filters: 16, kernelSize: 3, strides: 2, padding: "same", activation: "relu" }),
      new Conv2D({ filters: 1, kernelSize: 3, padding: "same", activation: "sigmoid" }),
    ],
    { name: "decoder" },
  );
  // Models are layers: each half can be used alone.
  return { encoder, decoder, autoencoder: new Sequential([encoder, decoder]) };
}

export async function trainAutoencoder(device: DeviceName, { rows = 192, epochs = 6 } = {}) {
  setSeed(7);
  const { train, test } = await digits.load({ train: rows, test: 32 });
  const noisy = ({ data, shape }: typeof train.images, seed: number) =>
    tensor(
      Float32Array.from(data, (value, i) => Math.min(Math.max(value + 0.4 * Math.sin((i + seed) * 12.9898), 0), 1)),
      shape,
    );

  const { encoder, autoencoder } = makeAutoencoder(16);
  autoencoder.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "binary_crossentropy", device });
  const { history } = await autoencoder.fit(noisy(train.images, 1), train.images, {
    epochs,
    batchSize: 16,
    verbose: 0,
  });
  const given = noisy(test.images, 2);
  const cleaned = await autoencoder.predict(given, { verbose: 0 });
  const codes = await encoder.predict(given, { verbose: 0 });
  return { history, given, cleaned, clean: test.images, codes };
}
