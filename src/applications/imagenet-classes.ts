/** The names of ImageNet's classes. K: `applications/imagenet_utils.py` (decode_predictions). */
import { FormatError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { publishedFile } from "./published-file.ts";

/** A class of ImageNet: WordNet's id, its name, and its probability. */
export type DecodedPrediction = readonly [id: string, name: string, score: number];

/** By the number of the class. */
export type ClassIndex = Readonly<Record<string, readonly [id: string, name: string]>>;

async function readClassIndex(): Promise<ClassIndex> {
  const { bytes, source } = await publishedFile(
    "decodePredictions",
    {
      url: "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
      hash: "c2c37ea517e94d9795004a39431a14cb",
    },
    "Or take the indices themselves: predictions.argMax().",
  );
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as ClassIndex;
  } catch (cause) {
    throw new FormatError(`${source} is no JSON.`, { cause });
  }
}

let classIndex: Promise<ClassIndex> | undefined;

/** The list, downloaded when it is first asked for. */
export function imagenetClasses(): Promise<ClassIndex> {
  classIndex ??= readClassIndex().catch((error: unknown) => {
    // The next call tries again.
    classIndex = undefined;
    throw error;
  });
  return classIndex;
}

/** The `top` most probable classes of each row. */
export function decode(names: ClassIndex, { data, shape }: Tensor, top: number): DecodedPrediction[][] {
  const [rows, classes] = shape as readonly [number, number];
  return Array.from({ length: rows }, (_, row) => {
    const scores = data.subarray(row * classes, (row + 1) * classes);
    const order = Array.from(scores, (_score, at) => at).sort((a, b) => scores[b]! - scores[a]!);
    return order.slice(0, top).map((at): DecodedPrediction => {
      const [id, name] = names[at] ?? [];
      if (id === undefined || name === undefined)
        throw new FormatError(`The list of ImageNet's classes lacks class ${at}.`);
      return [id, name, scores[at]!];
    });
  });
}
