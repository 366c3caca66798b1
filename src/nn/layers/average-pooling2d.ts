import { ShapeError } from "../../base/errors.ts";
import { type Padding, windowOutput } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { averagePool2d } from "../../ops/average-pool2d.ts";
import { missing } from "../options.ts";
import { checkDataFormat, checkPadding, checkPair, type Pair, windowPads } from "./arguments.ts";
import { type BatchShape, Layer, type LayerOptions, onlyInput } from "./layer.ts";

export interface AveragePooling2DOptions {
  /** Height and width of the window. */
  readonly poolSize: Pair;
  /** Default: the window's size. */
  readonly strides?: Pair | null;
  /** "same": padded to ⌈size / stride⌉ outputs; padding counts neither in the sum nor in what it is divided by. Default "valid". */
  readonly padding?: Padding;
  readonly dataFormat?: "channels_last" | null;
}

/**
 * Mean of each window. Keras `layers/pooling/average_pooling2d.py`.
 *
 * [batch, height, width, channels] → [batch, newHeight, newWidth, channels].
 *
 * @throws ArgumentError for options that make no sense; ShapeError when the window does not fit into the input
 * @example
 * ```ts
 * import { AveragePooling2D } from "fovea/layers";
 * new AveragePooling2D({ poolSize: 2 }).computeOutputShape([null, 26, 26, 32]); // [null, 13, 13, 32]
 * ```
 */
export class AveragePooling2D extends Layer<AveragePooling2DOptions> {
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;

  constructor(options: AveragePooling2DOptions & LayerOptions) {
    super("AveragePooling2D", options, {
      poolSize: missing,
      padding: "valid",
      strides: null,
      dataFormat: "channels_last",
    });
    this.poolSize = checkPair(this.title, "poolSize", this.options.poolSize);
    this.strides = checkPair(this.title, "strides", this.options.strides ?? this.poolSize);
    this.padding = checkPadding(this.title, this.options.padding);
    checkDataFormat(this.title, this.options.dataFormat);
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    this.requireRank(inputShape, 4, "[batch, height, width, channels]");
    const sizes = ([0, 1] as const).map((axis) =>
      windowOutput(this.knownAxis(inputShape, 1 + axis), this.poolSize[axis], this.strides[axis], 1, this.padding),
    );
    if (Math.min(...sizes) < 1)
      throw new ShapeError(
        `${this.title}: window ${this.poolSize.join("x")} does not fit input ${inputShape[1]}x${inputShape[2]} (padding "${this.padding}"). ` +
          `Use padding "same" or poolSize <= ${Math.min(inputShape[1]!, inputShape[2]!)}.`,
      );
    return [inputShape[0]!, ...sizes, inputShape[3]!];
  }

  override call(inputs: readonly Sym[]): Sym {
    const x = onlyInput(inputs);
    const pad = windowPads(x.spec.shape, this.poolSize, this.strides, [1, 1], this.padding);
    return averagePool2d(x, { window: this.poolSize, strides: this.strides, pad });
  }

  override getConfig(): Record<string, unknown> {
    const { poolSize, strides } = this;
    return { ...super.getConfig(), poolSize, strides, dataFormat: "channels_last" };
  }
}
