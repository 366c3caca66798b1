/** Kernels of a convolution that is a Fourier transform of frames. K: `initializers/constant_initializers.py`. */
import { ShapeError } from "../../base/errors.ts";
import { formatShape, type Shape } from "../../base/shape.ts";
import { choice, flag, type GivenOptions, nullable, type OptionsOf } from "../option-kinds.ts";
import { signalWindow, windowWeights } from "../signal-window.ts";
import { fill, Initializer } from "./initializer.ts";

/** What the window is divided by: the root of the sum of its squares ("density"), the sum of its magnitudes ("spectrum"), nothing. */
export const windowScaling = () => nullable(choice(["density", "spectrum"]), { default: "density" });

const options = {
  /** Which part of the complex numbers: "real" or "imag". Default "real". */
  side: /* @__PURE__ */ choice(["real", "imag"], { default: "real" }),
  /** "hann", "hamming", a number for each sample of a frame, or null. Default "hann". */
  window: /* @__PURE__ */ signalWindow(),
  /** Whether the window continues with its first sample. Default false. */
  periodic: /* @__PURE__ */ flag({ default: false }),
  /** What the window is divided by: "density" the root of the sum of squares, "spectrum" the sum of magnitudes, null. Default "density". */
  scaling: /* @__PURE__ */ windowScaling(),
};

export type STFTOptions = GivenOptions<typeof options>;

/**
 * A kernel [frame, 1, bins]: cosines or sines of the angles −2π · sample · bin / (2 bins − 2), times the window. A convolution
 * with it is a short-time Fourier transform.
 */
export class STFT extends Initializer<OptionsOf<typeof options>> {
  static override readonly className = "STFT";
  static override readonly options = options;

  constructor(given: STFTOptions = {}) {
    super(given);
  }

  /** @throws ShapeError unless the shape is [frame, 1, bins], or where the window does not fit */
  override initialize(shape: Shape): Float32Array {
    const [frame, channels, bins] = shape as [number, number, number];
    if (shape.length !== 3 || channels !== 1)
      throw new ShapeError(`STFT makes kernels [frame, 1, bins] only, got shape ${formatShape(shape)}.`);
    const { side, window, periodic, scaling } = this.options;
    const weights = windowWeights("STFT", window, frame, periodic);
    const scale = window === null ? 1 : scaleOf(weights, scaling);
    const part = side === "real" ? Math.cos : Math.sin;
    const period = 2 * (bins - 1);
    return fill(shape, (i) => {
      const [sample, bin] = [Math.floor(i / bins), i % bins];
      // Angles of whole turns are left out: a large angle has few digits left.
      const turns = bin === 0 ? 0 : ((sample * bin) % period) / period;
      return (part(-2 * Math.PI * turns) * weights[sample]!) / scale;
    });
  }
}

function scaleOf(weights: readonly number[], scaling: "density" | "spectrum" | null): number {
  if (scaling === null) return 1;
  const sum = weights.reduce((total, each) => total + (scaling === "density" ? each * each : Math.abs(each)), 0);
  return scaling === "density" ? Math.sqrt(sum) : sum;
}
