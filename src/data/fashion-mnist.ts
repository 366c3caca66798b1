/** Fashion-MNIST: 70,000 pictures of clothes in MNIST's format. Xiao, Rasul and Vollgraf, arXiv:1708.07747. */
import { type IdxDatasetSpec, type LoadOptions, loadIdxDataset } from "./idx-dataset.ts";
import type { ImageDataset } from "./image-dataset.ts";

const images = (file: string, rows: number, sha256: string) =>
  ({ file, sha256, hashed: "packed", bytes: 16 + rows * 28 * 28 }) as const;
const labels = (file: string, rows: number, sha256: string) =>
  ({ file, sha256, hashed: "packed", bytes: 8 + rows }) as const;

const spec: IdxDatasetSpec = {
  name: "fashion-mnist",
  classNames: [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
  ],
  mirrors: [
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
  ],
  train: {
    images: images(
      "train-images-idx3-ubyte",
      60_000,
      "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    ),
    labels: labels(
      "train-labels-idx1-ubyte",
      60_000,
      "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    ),
  },
  test: {
    images: images(
      "t10k-images-idx3-ubyte",
      10_000,
      "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    ),
    labels: labels(
      "t10k-labels-idx1-ubyte",
      10_000,
      "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    ),
  },
};

/** Fashion-MNIST: 60,000 training images, 10,000 test images of clothes, 28x28 grey, ten classes. */
export const fashionMnist = {
  /**
   * Loads Fashion-MNIST from this machine, or downloads it (31 MB) once, from Keras's address. Folders, mirrors and checks are
   * those of `mnist.load`; the folder is named `fashion-mnist`.
   *
   * @returns images [60000, 28, 28, 1] and [10000, 28, 28, 1], float32 in 0 … 1 (or uint8), labels [n] int32 in 0 … 9
   * @throws InputOutputError when files are missing, cannot be read or written, or no mirror gives them
   * @throws FormatError when a file's checksum is wrong or it cannot be unpacked
   * @throws ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { fashionMnist } from "fovea/datasets";
   * const load = () => fashionMnist.load({ progress: ({ file, receivedBytes }) => console.log(file, receivedBytes) });
   * ```
   */
  load(options: LoadOptions = {}): Promise<ImageDataset> {
    return loadIdxDataset(spec, options);
  },
} as const;
