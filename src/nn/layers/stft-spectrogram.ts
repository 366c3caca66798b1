import { ArgumentError } from "../../base/errors.ts";
import { sizeOf, windowPad } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { conv2d } from "../../ops/conv2d.ts";
import { add, atan2, log, maximum, mul, sqrt, square } from "../../ops/elementwise.ts";
import { literal } from "../../ops/literal.ts";
import { transpose } from "../../ops/mat-mul.ts";
import { reshape } from "../../ops/reshape.ts";
import { concatenateAxis, split } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import { STFT, windowScaling } from "../initializers/stft.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { choice, flag, type GivenOptions, integer, type OptionsOf } from "../option-kinds.ts";
import { signalWindow } from "../signal-window.ts";
import type { Variable } from "../variable.ts";
import { axisNames, dataFormat, fittingSizes, padding } from "./arguments.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

/** Keras's epsilon: what magnitudes and logarithms are not taken below. */
const LEAST = 1e-7;

const modes = ["log", "magnitude", "psd", "real", "imag", "angle", "stft"] as const;

const options = {
  /** What is given of each complex number z: log |z|, |z|, |z|² (twice it between the ends), a part, the angle, both parts. Default "log". */
  mode: /* @__PURE__ */ choice(modes, { default: "log" }),
  /** Samples of a frame. Default 256. */
  frameLength: /* @__PURE__ */ integer({ min: 1, default: 256 }),
  /** Samples from a frame to the next one. Default: half a frame. */
  frameStep: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** Samples of the transform, which has half as many bins and one. Default: the least power of two that holds a frame. */
  fftLength: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** "hann", "hamming", a number for each sample of a frame, or null. Default "hann". */
  window: /* @__PURE__ */ signalWindow(),
  /** Whether the window continues with its first sample. Default false. */
  periodic: /* @__PURE__ */ flag({ default: false }),
  /** What the window is divided by: "density" the root of the sum of squares, "spectrum" the sum of magnitudes, null. Default "density". */
  scaling: /* @__PURE__ */ windowScaling(),
  /** "valid", or "same" for as many frames as the signal has steps. Default "valid". */
  padding: /* @__PURE__ */ padding(),
  /** Where the channels are. Default "channels_last". */
  dataFormat: /* @__PURE__ */ dataFormat(),
  /** Whether the bins have an axis of their own: an image for each channel. Default false. */
  expandDims: /* @__PURE__ */ flag({ default: false }),
};

export type STFTSpectrogramOptions = GivenOptions<typeof options>;

/**
 * The spectrum of each frame of a signal: a short-time Fourier transform as a convolution, whose kernels can be trained.
 * [batch, time, channels] → [batch, frames, channels · bins], with `expandDims` [batch, frames, bins, channels]; with
 * "channels_first" [batch, channels, time] → [batch, channels · bins, frames] or [batch, channels, frames, bins]. Mode "stft" has
 * the bins of both parts. Weights: `real_kernel` and `imag_kernel` [frameLength, 1, bins], those that the mode needs.
 * K: `layers/preprocessing/stft_spectrogram.py`.
 *
 * @throws ArgumentError where frames, steps and transform do not fit each other; ShapeError where no frame fits into the signal
 * @example
 * ```ts
 * import { STFTSpectrogram } from "fovea/layers";
 * const layer = new STFTSpectrogram({ frameLength: 64, padding: "same" });
 * layer.computeOutputShape([null, 400, 1]); // [null, 13, 33]
 * ```
 */
export class STFTSpectrogram extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "STFTSpectrogram";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 3; readonly out: number };
  readonly #step: number;
  readonly #bins: number;
  /** [frameLength, 1, bins]. */
  realKernel: Variable | undefined;
  /** [frameLength, 1, bins]. */
  imagKernel: Variable | undefined;

  constructor(given: STFTSpectrogramOptions & LayerOptions = {}) {
    super(given);
    const { frameLength, frameStep, fftLength } = this.options;
    this.#step = frameStep ?? Math.floor(frameLength / 2);
    if (this.#step < 1 || this.#step > frameLength)
      throw new ArgumentError(
        `${this.title}: frameStep is ${this.#step}, expected a whole number from 1 to frameLength, ${frameLength}.`,
      );
    if (fftLength !== null && fftLength < frameLength)
      throw new ArgumentError(
        `${this.title}: fftLength is ${fftLength}, expected at least frameLength, ${frameLength}.`,
      );
    this.#bins = Math.floor((fftLength ?? 2 ** Math.ceil(Math.log2(frameLength))) / 2) + 1;
  }

  /** Sums of waves cancel out to a part of 1e-4 and less. */
  protected override get precision(): "float32" {
    return "float32";
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { dataFormat, expandDims, frameLength, padding, mode } = this.options;
    this.requireRank(inputShape, 3, axisNames(1, dataFormat));
    const first = dataFormat === "channels_first";
    const channels = this.knownAxis(inputShape, first ? 1 : 2);
    const time = inputShape[first ? 2 : 1]!;
    const window = { size: [frameLength], strides: [this.#step], dilation: [1], padding };
    const [frames] = fittingSizes(this.title, "frame", "frameLength", [time], window) as [number | null];
    const bins = mode === "stft" ? 2 * this.#bins : this.#bins;
    const [rows] = inputShape as [number | null];
    if (expandDims) return first ? [rows, channels, frames, bins] : [rows, frames, bins, channels];
    return first ? [rows, channels * bins, frames] : [rows, frames, channels * bins];
  }

  override build(_inputShape: BatchShape): void {
    const { mode, frameLength, window, scaling, periodic } = this.options;
    const kernel = (side: "real" | "imag") =>
      this.addWeight({
        name: `${side}_kernel`,
        shape: [frameLength, 1, this.#bins],
        initializer: new STFT({ side, window, scaling, periodic }),
      });
    if (mode !== "imag") this.realKernel = kernel("real");
    if (mode !== "real") this.imagKernel = kernel("imag");
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { dataFormat, expandDims, frameLength, padding } = this.options;
    const first = dataFormat === "channels_first";
    const signal = first ? transpose(x, [0, 2, 1]) : x;
    const [rows, time, channels] = signal.spec.shape as [number, number, number];
    const kernels = [this.realKernel, this.imagKernel].flatMap((kernel) => kernel?.read() ?? []);
    const kernel = concatenateAxis(kernels, 2);
    // Channels are columns of an image, which a kernel of one column takes each by itself.
    const parts = conv2d(
      reshape(signal, [rows, time, channels, 1]),
      reshape(kernel, [frameLength, 1, 1, kernel.spec.shape[2]!]),
      {
        strides: [this.#step, 1],
        pad: [windowPad(time, frameLength, this.#step, 1, padding), [0, 0]],
        dilation: [1, 1],
        groups: 1,
      },
    );
    const spectra = this.#read(parts);
    const [, frames, , bins] = spectra.spec.shape as [number, number, number, number];
    if (expandDims) return transpose(spectra, first ? [0, 2, 1, 3] : [0, 1, 3, 2]);
    const rowsOfBins = reshape(spectra, [rows, frames, channels * bins]);
    return first ? transpose(rowsOfBins, [0, 2, 1]) : rowsOfBins;
  }

  /** What the mode gives of the parts [batch, frames, channels, parts of all bins]. */
  #read(parts: Sym): Sym {
    const { mode } = this.options;
    if (mode === "real" || mode === "imag" || mode === "stft") return parts;
    const [real, imag] = split(parts, [this.#bins, this.#bins], 3) as [Sym, Sym];
    if (mode === "angle") return atan2(imag, real);
    const power = add(square(real), square(imag));
    if (mode === "psd") {
      // The bins between the ends stand for two of the whole transform.
      const times = Array.from({ length: this.#bins }, (_, bin) => (bin === 0 || bin === this.#bins - 1 ? 1 : 2));
      return mul(power, literal(parts.builder, times, [this.#bins]));
    }
    const magnitude = sqrt(maximum(power, LEAST));
    return mode === "magnitude" ? magnitude : log(maximum(magnitude, LEAST));
  }

  override reading(): Reading {
    return { kind: "all" };
  }

  override multiplyAdds(_inputShape: readonly number[], outputShape: readonly number[]): number {
    const { mode, frameLength } = this.options;
    const products = mode === "real" || mode === "imag" || mode === "stft" ? 1 : 2;
    return sizeOf(outputShape) * frameLength * products;
  }

  override get sharesWeights(): boolean {
    return true;
  }
}
