import { ArgumentError, ShapeError } from "../../base/errors.ts";
import { formatShape, sizeOf } from "../../base/shape.ts";
import type { Sym } from "../../ir/graph.ts";
import { add, log, maximum, mul, power, sqrt, square, sub } from "../../ops/elementwise.ts";
import { fourierProducts, frames, realFourier } from "../../ops/fourier.ts";
import { literal } from "../../ops/literal.ts";
import { matMul, transpose } from "../../ops/mat-mul.ts";
import { reduceMax } from "../../ops/reduce-max.ts";
import { padWith } from "../../ops/slice.ts";
import type { CallOptions } from "../call-context.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type GivenOptions, integer, number, type OptionsOf } from "../option-kinds.ts";
import { signalWindow, windowWeights } from "../signal-window.ts";
import type { LayerOptions } from "./layer.ts";
import type { Reading } from "./reading.ts";
import { UnaryLayer } from "./unary-layer.ts";

const options = {
  /** Samples of the transform. Default 2048. */
  fftLength: /* @__PURE__ */ integer({ min: 2, default: 2048 }),
  /** Samples from a frame to the next one. Default 512. */
  sequenceStride: /* @__PURE__ */ integer({ min: 1, default: 512 }),
  /** Samples of the window, in the middle of a frame. Default: `fftLength`. */
  sequenceLength: /* @__PURE__ */ integer({ min: 1, default: null }),
  /** "hann", "hamming", a number for each sample of the window, or null. Default "hann". */
  window: /* @__PURE__ */ signalWindow(),
  /** Samples of the signal in a second. Default 16000. */
  samplingRate: /* @__PURE__ */ integer({ min: 1, default: 16000 }),
  /** Bands of the output. Default 128. */
  numMelBins: /* @__PURE__ */ integer({ min: 1, default: 128 }),
  /** Where the lowest band begins, in Hz. Default 20. */
  minFreq: /* @__PURE__ */ number({ min: 0, default: 20 }),
  /** Where the highest band ends, in Hz. Default: half the sampling rate. */
  maxFreq: /* @__PURE__ */ number({ min: 0, default: null }),
  /** Whether powers are given in decibels. Default true. */
  powerToDb: /* @__PURE__ */ flag({ default: true }),
  /** How many decibels below the loudest value of a signal the others may lie. Default 80. */
  topDb: /* @__PURE__ */ number({ min: 0, default: 80 }),
  /** The power of magnitudes that bands add up. Default 2. */
  magExp: /* @__PURE__ */ number({ min: 0, open: true, default: 2 }),
  /** What powers are not taken below. Default 1e-10. */
  minPower: /* @__PURE__ */ number({ min: 0, open: true, default: 1e-10 }),
  /** The power of 0 decibels. Default 1. */
  refPower: /* @__PURE__ */ number({ default: 1 }),
};

export type MelSpectrogramOptions = GivenOptions<typeof options>;

const decibels = (value: number) => 10 * Math.log10(value);

/** A frequency on the mel scale of HTK, as a function of Hz. */
const melOf = (frequency: number) => 1127 * Math.log(1 + frequency / 700);

/**
 * How loud a signal is over time in bands that are equally wide on the mel scale: [batch, samples] → [batch, numMelBins, frames],
 * of 1 + ⌊samples / sequenceStride⌋ frames. The signal is mirrored at both ends, so that frames lie around multiples of the stride.
 * Unlike Keras's, a row's decibels do not depend on the other rows: `topDb` counts from the loudest value of the row.
 * K: `layers/preprocessing/mel_spectrogram.py`.
 *
 * @throws ArgumentError where lengths or frequencies do not fit each other; ShapeError where the signal is too short to be mirrored
 * @example
 * ```ts
 * import { MelSpectrogram } from "fovea/layers";
 * const layer = new MelSpectrogram({ numMelBins: 64, samplingRate: 8000, sequenceStride: 256, fftLength: 512 });
 * layer.computeOutputShape([null, 16000]); // [null, 64, 63]
 * ```
 */
export class MelSpectrogram extends UnaryLayer<OptionsOf<typeof options>> {
  static override readonly className = "MelSpectrogram";
  static override readonly options = options;
  declare readonly ranks: { readonly in: 2; readonly out: 3 };
  readonly #length: number;
  readonly #maxFreq: number;

  constructor(given: MelSpectrogramOptions & LayerOptions = {}) {
    super(given);
    const { fftLength, sequenceLength, samplingRate, minFreq, maxFreq } = this.options;
    this.#length = sequenceLength ?? fftLength;
    this.#maxFreq = maxFreq ?? Math.floor(samplingRate / 2);
    if (this.#length > fftLength)
      throw new ArgumentError(
        `${this.title}: sequenceLength is ${this.#length}, expected at most fftLength, ${fftLength}.`,
      );
    if (this.#maxFreq <= minFreq)
      throw new ArgumentError(`${this.title}: maxFreq is ${this.#maxFreq}, expected more than minFreq, ${minFreq}.`);
    this.#window();
  }

  /** Samples that are mirrored at each end. */
  get #margin(): number {
    return Math.floor(this.options.fftLength / 2);
  }

  /** The window in the middle of a frame. */
  #window(): number[] {
    const { window, fftLength } = this.options;
    const weights = windowWeights(this.title, window, this.#length, true);
    const before = Math.floor((fftLength - this.#length) / 2);
    return Array.from({ length: fftLength }, (_, i) => weights[i - before] ?? 0);
  }

  /** Sums of waves cancel out to a part of 1e-4 and less. */
  protected override get precision(): "float32" {
    return "float32";
  }

  override computeOutputShape(inputShape: BatchShape): BatchShape {
    const { numMelBins, fftLength, sequenceStride } = this.options;
    this.requireRank(inputShape, 2, "[batch, samples]");
    const [rows, samples] = inputShape as [number | null, number | null];
    if (samples === null) return [rows, numMelBins, null];
    if (samples <= this.#margin)
      throw new ShapeError(
        `${this.title}: signals ${formatShape(inputShape)} are too short, expected more than ${this.#margin} samples, half of fftLength.`,
      );
    return [rows, numMelBins, Math.floor((samples + 2 * this.#margin - fftLength) / sequenceStride) + 1];
  }

  override call(x: Sym, _options?: CallOptions): Sym {
    const { fftLength, sequenceStride, magExp, numMelBins, powerToDb } = this.options;
    const bins = this.#margin + 1;
    const padded = padWith(
      x,
      [
        [0, 0],
        [this.#margin, this.#margin],
      ],
      "reflect",
    );
    const window = literal(x.builder, this.#window(), [fftLength]);
    const [real, imag] = realFourier(mul(frames(padded, fftLength, sequenceStride), window));
    const squared = add(square(real), square(imag));
    const spectrum = magExp === 2 ? squared : magExp === 1 ? sqrt(squared) : power(squared, magExp / 2);
    const bands = matMul(spectrum, literal(x.builder, this.#bands(bins), [bins, numMelBins]));
    return transpose(powerToDb ? this.#loudness(bands) : bands, [0, 2, 1]);
  }

  /** How much each band takes of each bin, [bins, bands]: triangles over three neighbours of equal steps on the mel scale. */
  #bands(bins: number): number[] {
    const { numMelBins, samplingRate, minFreq } = this.options;
    const [low, high] = [melOf(minFreq), melOf(this.#maxFreq)];
    const edge = (i: number) => low + ((high - low) * i) / (numMelBins + 1);
    return Array.from({ length: bins }, (_, bin) => melOf((bin * samplingRate) / 2 / (bins - 1))).flatMap((mel, bin) =>
      Array.from({ length: numMelBins }, (_, band) => {
        const [from, middle, to] = [edge(band), edge(band + 1), edge(band + 2)];
        // The constant part of a signal belongs to no band.
        return bin === 0 ? 0 : Math.max(0, Math.min((mel - from) / (middle - from), (to - mel) / (to - middle)));
      }),
    );
  }

  #loudness(bands: Sym): Sym {
    const { minPower, refPower, topDb } = this.options;
    const scaled = mul(log(maximum(bands, minPower)), 10 / Math.LN10);
    const loudness = sub(scaled, decibels(Math.max(Math.abs(refPower), minPower)));
    return maximum(loudness, sub(reduceMax(loudness, [1, 2], true), topDb));
  }

  override reading(): Reading {
    return { kind: "all" };
  }

  override multiplyAdds(_inputShape: readonly number[], outputShape: readonly number[]): number {
    const { fftLength, numMelBins } = this.options;
    const products = fourierProducts(fftLength) + (this.#margin + 1) * numMelBins;
    return (sizeOf(outputShape) / numMelBins) * products;
  }

  override getConfig(): Record<string, unknown> {
    return { ...super.getConfig(), sequenceLength: this.#length, maxFreq: this.#maxFreq };
  }
}
