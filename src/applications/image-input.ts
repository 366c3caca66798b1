/** The images that an application takes. K: `applications/imagenet_utils.py` (obtain_input_shape), `ops/operation_utils.py`. */
import { ArgumentError } from "../base/errors.ts";
import { formatShape } from "../base/shape.ts";
import type { BatchShape, KerasTensor } from "../nn/keras-tensor.ts";
import { input } from "../nn/layers/input-layer.ts";

/** What of the options states the images. */
export interface ImageOptions {
  readonly includeTop: boolean;
  readonly weights: unknown;
  readonly inputShape: BatchShape | null;
  readonly inputTensor: KerasTensor | null;
}

/** What the architecture asks of them. */
export interface ImageRules {
  /** Height and width that it was published for. */
  readonly size: number;
  /** Smallest height and width. */
  readonly minSize: number;
  /** Whether the top takes features of any size, so that the images may have any, too. */
  readonly anySize?: boolean;
  /** Whether the images have this size also without the top, where no other is stated. */
  readonly fixedSize?: boolean;
}

/**
 * Shape [height, width, channels] of the images.
 *
 * @throws ArgumentError when it is too small, or not what the published weights are for
 */
export function imageShape(title: string, options: ImageOptions, rules: ImageRules): BatchShape {
  const { includeTop, inputShape, inputTensor } = options;
  const { size, minSize, anySize = false, fixedSize = false } = rules;
  const isPublished = options.weights === "imagenet";
  const given = inputTensor?.shape.slice(1) ?? inputShape;
  const name = inputTensor === null ? "inputShape" : "the shape of inputTensor, without the batch,";
  const refuse = (expected: string): never => {
    throw new ArgumentError(`${title}: ${name} is ${formatShape(given!)}, expected ${expected}.`);
  };
  if (given === null) return (includeTop && !anySize) || fixedSize ? [size, size, 3] : [null, null, 3];
  if (given.length !== 3) refuse("[height, width, channels]");
  const [height, width, channels] = given as readonly [number | null, number | null, number | null];
  if (isPublished && channels !== 3) refuse('3 channels, for which weights "imagenet" are');
  if ([height, width].some((cells) => cells !== null && cells < minSize))
    refuse(`height and width of ${minSize} or more`);
  if (includeTop && !anySize) {
    if (height === null || width === null) refuse("a height and a width, which the top needs");
    if (isPublished && inputTensor === null && (height !== size || width !== size))
      refuse(
        `${formatShape([size, size, 3])}, which the top with weights "imagenet" takes; set includeTop: false for other sizes`,
      );
  }
  if (inputTensor !== null && inputShape !== null && !fits(inputShape, given))
    refuse(`that of inputShape, ${formatShape(inputShape)}; leave one of the two out`);
  return given;
}

const fits = (stated: BatchShape, shape: BatchShape) =>
  stated.length === shape.length && stated.every((axis, i) => axis === null || axis === shape[i]);

/** The tensor that the first layer is applied to. */
export const imageTensor = ({ inputTensor }: ImageOptions, shape: BatchShape): KerasTensor =>
  inputTensor ?? input({ shape });

/** The inputs that a tensor was made of: itself, or those of the layers before it. */
export function sourcesOf(tensor: KerasTensor): KerasTensor[] {
  const sources = new Set<KerasTensor>();
  const seen = new Set<KerasTensor>();
  const visit = (each: KerasTensor): void => {
    if (seen.has(each)) return;
    seen.add(each);
    const { inputs } = each.layer.inboundNodes[each.nodeIndex]!;
    if (inputs.length === 0) sources.add(each);
    inputs.forEach(visit);
  };
  visit(tensor);
  return [...sources];
}
