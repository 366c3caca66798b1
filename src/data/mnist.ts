/** MNIST: 70,000 handwritten digits. LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition" (1998). */

import { type IdxDatasetSpec, type LoadOptions, loadIdxDataset } from "./idx-dataset.ts";
import { digitNames, type ImageDataset } from "./image-dataset.ts";

const spec: IdxDatasetSpec = {
  name: "mnist",
  classNames: digitNames,
  mirrors: ["https://storage.googleapis.com/cvdf-datasets/mnist/", "https://ossci-datasets.s3.amazonaws.com/mnist/"],
  train: {
    images: {
      file: "train-images-idx3-ubyte",
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      bytes: 16 + 60_000 * 28 * 28,
    },
    labels: {
      file: "train-labels-idx1-ubyte",
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      bytes: 8 + 60_000,
    },
  },
  test: {
    images: {
      file: "t10k-images-idx3-ubyte",
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      bytes: 16 + 10_000 * 28 * 28,
    },
    labels: {
      file: "t10k-labels-idx1-ubyte",
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      bytes: 8 + 10_000,
    },
  },
};

/** The MNIST handwritten digits: 60,000 training images, 10,000 test images, 28x28 grey, ten classes. */
export const mnist = {
  /**
   * Loads MNIST from this machine, or downloads it (11 MB) once.
   *
   * Looks into `dir` alone when it is given; else into `$FOVEA_DATA/mnist`, then into the user's cache folder
   * (`$XDG_CACHE_HOME/fovea/mnist`; else `~/.cache/fovea/mnist`, on Windows `%LOCALAPPDATA%\fovea\mnist`, on a Mac
   * `~/Library/Caches/fovea/mnist`), and downloads what the cache folder lacks from public mirrors into it.
   * The files may be plain or .gz; the SHA-256 of every file is checked on every load.
   *
   * In a browser there are no folders: the files are fetched on every call (through the browser's own cache), and the
   * mirrors must allow the page to read them (CORS). When they do not, host the four .gz files beside the page and pass
   * `mirrors: ["/data/mnist/"]`.
   *
   * @returns images [60000, 28, 28, 1] and [10000, 28, 28, 1], float32 in 0 … 1 (or uint8), labels [n] int32 in 0 … 9
   * @throws InputOutputError when files are missing, cannot be read or written, or no mirror gives them
   * @throws FormatError when a file's checksum is wrong or it cannot be unpacked
   * @throws ArgumentError when an option has a value that it cannot take
   * @example
   * ```ts
   * import { mnist } from "fovea/datasets";
   * const { train, test } = await mnist.load();
   * train.images.shape;          // [60000, 28, 28, 1]
   * test.labels.slice(0, 4).data; // Int32Array [7, 2, 1, 0]
   * ```
   */
  load(options: LoadOptions = {}): Promise<ImageDataset> {
    return loadIdxDataset(spec, options);
  },
} as const;
