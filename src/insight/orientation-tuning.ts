/** The experiment of Hubel and Wiesel on a network: which orientation of a bar each unit prefers. */
import { ShapeError } from "../base/errors.ts";
import { checkKeys, refuseOption } from "../base/options.ts";
import { formatShape } from "../base/shape.ts";
import { stack } from "../base/stack.ts";
import { Tensor } from "../base/tensor.ts";
import { sliceAxis } from "../ops/slice.ts";
import type { AnyModel } from "../train/model.ts";
import { barStimulus } from "./bar-stimulus.ts";
import { checkImageModel, checkWhole, imageSize, type LayerChoice, layerOf, outputShape } from "./image-model.ts";
import { runProbe } from "./probe.ts";
import { receptiveField } from "./receptive-field.ts";

export interface OrientationTuningOptions {
  /** A layer that gives maps. */
  readonly layer: LayerChoice;
  /** How many orientations, evenly from 0 to below π. Default 36. */
  readonly orientations?: number | undefined;
  /** Shifts across the bar that are tried at each orientation, in pixels. Default five, 0.75 apart: -1.5 … 1.5. */
  readonly offsets?: readonly number[] | undefined;
  /** Width of the bar in pixels. Default 1.6. */
  readonly width?: number | undefined;
}

/** What `orientationTuning` resolves to. */
export interface OrientationTuning {
  readonly layer: string;
  /** Row and column of the unit of each map that was measured: the middle one. */
  readonly place: readonly [number, number];
  /** In radians; 0 lies along a row, π/2 along a column. */
  readonly orientations: readonly number[];
  /** The largest response over the offsets, [channels, orientations]; what is below 0 counts as 0. */
  readonly responses: Tensor;
  /** For each channel |Σ r(θ) e^(2iθ)| / Σ r(θ): 0 for any orientation alike, 1 for one alone. 0 for a unit that never responds. */
  readonly selectivity: readonly number[];
  /** For each channel the orientation that it prefers, half the angle of Σ r(θ) e^(2iθ), from 0 to below π; NaN for a unit that never responds. */
  readonly preferred: readonly number[];
}

/**
 * How each channel of a layer responds to a bar of light that is turned: Hubel and Wiesel 1959, on a network. The bar
 * (`barStimulus`) turns about the middle of the receptive field of the unit in the middle of the map. Selectivity is the length of
 * the mean vector on the circle of double angles, one less the circular variance of orientation: Ringach, Shapley and Hawken 2002.
 *
 * @param model takes images [height, width, channels] of known size; each channel of the image gets the same bar
 * @throws ShapeError for another model or a layer without maps; ArgumentError for options
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { orientationTuning } from "fovea/insight";
 * import { Conv2D } from "fovea/layers";
 * const model = new Sequential([new Conv2D({ filters: 4, kernelSize: 3, name: "conv", inputShape: [28, 28, 1] })]);
 * const { selectivity, responses } = await orientationTuning(model, { layer: "conv" });
 * responses.shape;    // [4, 36]
 * selectivity.length; // 4
 * ```
 */
export async function orientationTuning(
  model: AnyModel,
  options: OrientationTuningOptions,
): Promise<OrientationTuning> {
  const who = "orientationTuning";
  checkImageModel(who, model);
  checkKeys(who, options, ["layer", "orientations", "offsets", "width"]);
  const { orientations: count = 36, offsets = [-1.5, -0.75, 0, 0.75, 1.5], width = 1.6 } = options;
  const layer = layerOf(who, model, options.layer);
  checkWhole(who, "orientations", count, 2, 3600);
  if (!Array.isArray(offsets) || offsets.length === 0 || !offsets.every(Number.isFinite))
    refuseOption(who, "offsets", offsets, "a list of numbers of pixels");
  const shape = outputShape(model, layer);
  if (shape.length !== 3)
    throw new ShapeError(
      `${who}: layer "${layer.name}" gives ${formatShape([null, ...shape])}, expected maps (None, rows, columns, channels).`,
    );
  const [height, depth, channels] = shape as [number, number, number];
  const place: readonly [number, number] = [Math.floor(height / 2), Math.floor(depth / 2)];
  const [rows, columns, colours] = imageSize(who, model);
  const field = receptiveField(model).find((each) => each.layer === layer.name)!;
  const middle = (axis: 0 | 1) => field.start[axis] + field.jump[axis] * place[axis];
  const centre: readonly [number, number] | undefined = field.kind === "grid" ? [middle(0), middle(1)] : undefined;
  const orientations = Array.from({ length: count }, (_, i) => (i * Math.PI) / count);
  const bars = orientations.flatMap((orientation) =>
    offsets.map((offset) => barStimulus({ size: [rows, columns], orientation, offset, width, centre })),
  );
  const [made] = await runProbe(model, repeatChannels(stack(bars), colours), {
    key: `tuning ${layer.name}`,
    write({ outputOf }) {
      const line = sliceAxis(outputOf(layer), 1, place[0], place[0] + 1);
      return [sliceAxis(line, 2, place[1], place[1] + 1)];
    },
  });
  const responses = new Float32Array(channels * count);
  made!.data.forEach((response, i) => {
    const [bar, channel] = [Math.floor(i / channels), i % channels];
    const at = channel * count + Math.floor(bar / offsets.length);
    responses[at] = Math.max(responses[at]!, response);
  });
  const tunings = Array.from({ length: channels }, (_, channel) =>
    tuningOf(orientations, responses.subarray(channel * count, (channel + 1) * count)),
  );
  return {
    layer: layer.name,
    place,
    orientations,
    responses: new Tensor(responses, [channels, count]),
    selectivity: tunings.map(({ selectivity }) => selectivity),
    preferred: tunings.map(({ preferred }) => preferred),
  };
}

function repeatChannels(bars: Tensor, channels: number): Tensor {
  if (channels === 1) return bars;
  const [count, rows, columns] = bars.shape as [number, number, number];
  const data = Float32Array.from({ length: bars.size * channels }, (_, i) => bars.data[Math.floor(i / channels)]!);
  return new Tensor(data, [count, rows, columns, channels]);
}

function tuningOf(
  orientations: readonly number[],
  responses: Float32Array,
): { selectivity: number; preferred: number } {
  let [real, imaginary, sum] = [0, 0, 0];
  responses.forEach((response, i) => {
    real += response * Math.cos(2 * orientations[i]!);
    imaginary += response * Math.sin(2 * orientations[i]!);
    sum += response;
  });
  if (sum === 0) return { selectivity: 0, preferred: Number.NaN };
  const half = Math.atan2(imaginary, real) / 2;
  return { selectivity: Math.hypot(real, imaginary) / sum, preferred: half < 0 ? half + Math.PI : half };
}
