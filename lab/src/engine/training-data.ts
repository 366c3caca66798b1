/** The digits that a run learns from. */
import { type Tensor, toCategorical } from "fovea";
import { digits, mnist } from "fovea/datasets";
import type { DataName } from "./protocol.ts";

export interface TrainingData {
  readonly images: Tensor;
  /** One-hot, [n, 10]. */
  readonly targets: Tensor;
  readonly testImages: Tensor;
  readonly testTargets: Tensor;
}

/** Test images that are looked at during a run. */
const TEST_IMAGES = 500;

export interface DataRequest {
  readonly data: DataName;
  readonly images: number;
  /** Address of the page: a server that has MNIST gives it out beside it, and no other origin is asked. */
  readonly page: string;
}

/** Draws digits, or reads MNIST from the page's own server. */
export async function loadTrainingData(
  { data, images, page }: DataRequest,
  signal: AbortSignal,
  tell: (doing: string) => void,
): Promise<TrainingData> {
  const { train, test } =
    data === "digits"
      ? await digits.load({ train: images, test: TEST_IMAGES })
      : await mnist.load({
          mirrors: [new URL("data/mnist/", page).href],
          signal,
          progress: ({ file, receivedBytes, totalBytes }) =>
            tell(`fetching ${file}: ${megabytes(receivedBytes, totalBytes)}`),
        });
  return {
    images: train.images.slice(0, images),
    targets: toCategorical(train.labels.slice(0, images), 10),
    testImages: test.images.slice(0, TEST_IMAGES),
    testTargets: toCategorical(test.labels.slice(0, TEST_IMAGES), 10),
  };
}

/** "3.4 of 9.6 MB". */
function megabytes(received: number, total: number | undefined): string {
  const [got, all] = [received, total].map((bytes) => bytes && (bytes / 1e6).toFixed(1));
  return all === undefined ? `${got ?? 0} MB` : `${got ?? 0} of ${all} MB`;
}
