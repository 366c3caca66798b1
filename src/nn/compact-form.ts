/**
 * Forms in which weights take less memory than as float32: whole numbers of 8 bits with scales, and float16. Devices hold them as
 * bytes; a step begins with the expression that makes float32 of them, exactly, so that no kernel knows of it.
 */
import { ArgumentError, InternalError } from "../base/errors.ts";
import { formatShape, sizeOf } from "../base/shape.ts";
import { halfToFloat, halvesOf } from "../io/numbers.ts";
import { type Expr, e } from "../ir/expr.ts";
import type { Sym } from "../ir/graph.ts";
import { map } from "../ops/map.ts";
import { transpose } from "../ops/mat-mul.ts";
import { reshape } from "../ops/reshape.ts";

export type CompactKind = "int8" | "float16";

/** The weight that a form is of. */
export interface Weight {
  readonly path: string;
  readonly shape: readonly number[];
}

/** An array of a compact form, as devices hold it: a variable that no step changes. */
export class FormPart {
  readonly shape: readonly number[];
  readonly dtype: "uint8" | "float32";
  /** Setting another array changes it before the next step. */
  value: Uint8Array | Float32Array;
  readonly holder = undefined;
  readonly #weight: Weight;
  readonly #suffix: string;

  constructor(weight: Weight, suffix: string, shape: readonly number[], value: Uint8Array | Float32Array) {
    this.#weight = weight;
    this.#suffix = suffix;
    this.shape = shape;
    this.dtype = value instanceof Uint8Array ? "uint8" : "float32";
    this.value = value;
  }

  /** The path of its weight and what it is of it, for people. */
  get path(): string {
    return this.#weight.path + this.#suffix;
  }

  defer(): void {
    throw new InternalError(`"${this.path}" was to be changed by a step.`);
  }
}

/** A weight in a compact form. */
export interface CompactForm {
  readonly kind: CompactKind;
  readonly parts: readonly FormPart[];
  /** The numbers as float32, in a new array. */
  decode(): Float32Array;
  /** Writes the same into a step, of the values of the parts. */
  write(parts: readonly Sym[]): Sym;
}

/** Bytes that a form takes. */
export const bytesOfForm = ({ parts }: CompactForm): number =>
  parts.reduce((sum, { value }) => sum + value.byteLength, 0);

/** A weight whose numbers int8 holds as whole numbers of −127 … 127, each divided by a scale. */
export interface ScaledAxes {
  /** The axes of the weight that have scales of their own, in the order of the scale's axes; the others share them. */
  readonly axes: readonly number[];
  /** Shape of the scales in files. Default: the sizes of `axes`. */
  readonly scaleShape?: readonly number[];
}

/** What Keras adds to the largest magnitude, so that zeros have a scale. K: `quantizers.py` (abs_max_quantize). */
const EPSILON = Math.fround(1e-7);
const MOST = 127;

/** For each value of the weight, in order, the number of its scale. */
function* scaleNumbers(shape: readonly number[], axes: readonly number[]): Generator<number> {
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (const axis of [...axes].reverse()) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  const size = sizeOf(shape);
  const place = new Array<number>(shape.length).fill(0);
  let number = 0;
  for (let i = 0; i < size; i++) {
    yield number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      number += strides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      number -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
}

/** Throws unless all values are finite: a quantized NaN or infinity would be any number. */
function requireFinite({ path }: Weight, values: Float32Array, kind: CompactKind): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new ArgumentError(
      `quantize: "${path}" holds ${values[at]} at position ${at}, which ${kind} cannot keep; train the model anew, or load weights without NaN and infinities.`,
    );
}

/** int8 with one scale s for each channel: q = round(w · s) with s = 127 / (max |w| + 1e-7), w ≈ q / s. K: `quantizers.py`. */
export class Int8Form implements CompactForm {
  readonly kind = "int8";
  /** The whole numbers, as the bytes of their two's complements. */
  readonly codes: FormPart;
  readonly scales: FormPart;
  readonly #axes: readonly number[];

  /** Zeros and scales of 1, as Keras builds a layer whose weights are yet to be loaded. */
  constructor(weight: Weight, { axes, scaleShape }: ScaledAxes) {
    const { shape } = weight;
    const sizes = axes.map((axis) => shape[axis]!);
    this.#axes = axes;
    this.codes = new FormPart(weight, ":int8", shape, new Uint8Array(sizeOf(shape)));
    this.scales = new FormPart(weight, "_scale", scaleShape ?? sizes, new Float32Array(sizeOf(sizes)).fill(1));
  }

  get parts(): readonly FormPart[] {
    return [this.codes, this.scales];
  }

  /** @throws ArgumentError for NaN and infinities */
  static encode(weight: Weight, scaled: ScaledAxes, values: Float32Array): Int8Form {
    requireFinite(weight, values, "int8");
    const { shape } = weight;
    const form = new Int8Form(weight, scaled);
    const scales = form.scales.value as Float32Array;
    const codes = form.wholeNumbers;
    // In float32 at each step, as NumPy computes it for Keras.
    scales.fill(0);
    let i = 0;
    for (const at of scaleNumbers(shape, scaled.axes)) scales[at] = Math.max(scales[at]!, Math.abs(values[i++]!));
    scales.forEach((largest, at) => {
      scales[at] = MOST / Math.fround(largest + EPSILON);
    });
    i = 0;
    for (const at of scaleNumbers(shape, scaled.axes)) {
      const rounded = roundHalfToEven(Math.fround(values[i]! * scales[at]!));
      codes[i++] = Math.min(MOST, Math.max(-MOST, rounded));
    }
    return form;
  }

  /** −127 … 127, in the order of the weight. */
  get wholeNumbers(): Int8Array {
    const { buffer, byteOffset, length } = this.codes.value;
    return new Int8Array(buffer, byteOffset, length);
  }

  decode(): Float32Array {
    const values = Float32Array.from(this.wholeNumbers);
    let i = 0;
    for (const at of scaleNumbers(this.codes.shape, this.#axes)) values[i++]! /= this.scales.value[at]!;
    return values;
  }

  write([codes, scales]: readonly [Sym, Sym]): Sym {
    const { shape } = this.codes;
    // The scales in the order of the weight's axes, with axes of size 1 where they are shared.
    const sizes = this.#axes.map((axis) => shape[axis]!);
    const order = [...this.#axes.keys()].sort((a, b) => this.#axes[a]! - this.#axes[b]!);
    const plain = reshape(scales, sizes);
    const sorted = order.every((from, to) => from === to) ? plain : transpose(plain, order);
    const spread = reshape(
      sorted,
      shape.map((size, axis) => (this.#axes.includes(axis) ? size : 1)),
    );
    const byte = e.input(0);
    const whole = e.select("lt", byte, 128, byte, e.sub(byte, 256));
    return map([codes, spread], e.div(whole, e.input(1)));
  }
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

/** Binary16 of IEEE 754, the upper and the lower bytes apart: devices read single bytes. */
export class Float16Form implements CompactForm {
  readonly kind = "float16";
  readonly high: FormPart;
  readonly low: FormPart;

  /** Zeros. */
  constructor(weight: Weight) {
    const { shape } = weight;
    this.high = new FormPart(weight, ":high", shape, new Uint8Array(sizeOf(shape)));
    this.low = new FormPart(weight, ":low", shape, new Uint8Array(sizeOf(shape)));
  }

  get parts(): readonly FormPart[] {
    return [this.high, this.low];
  }

  /** @throws ArgumentError for NaN, infinities and magnitudes that float16 has no number for */
  static encode(weight: Weight, values: Float32Array): Float16Form {
    requireFinite(weight, values, "float16");
    const halves = halvesOf(values);
    const at = halves.findIndex((half) => (half & 0x7c00) === 0x7c00);
    if (at >= 0)
      throw new ArgumentError(
        `quantize: "${weight.path}" holds ${values[at]} at position ${at}, and the largest number of float16 is 65504; use "int8", or keep this layer as it is with \`filters\`.`,
      );
    const form = new Float16Form(weight);
    form.halves = halves;
    return form;
  }

  /** The numbers' bits; setting them changes the weight before the next step. */
  get halves(): Uint16Array {
    const [high, low] = [this.high.value, this.low.value];
    return Uint16Array.from(high, (byte, i) => (byte << 8) | low[i]!);
  }

  set halves(halves: Uint16Array) {
    if (halves.length !== this.high.value.length)
      throw new InternalError(`"${this.high.path}": ${halves.length} values for ${formatShape(this.high.shape)}.`);
    this.high.value = Uint8Array.from(halves, (half) => half >> 8);
    this.low.value = Uint8Array.from(halves, (half) => half & 255);
  }

  decode(): Float32Array {
    return Float32Array.from(this.halves, halfToFloat);
  }

  write([high, low]: readonly [Sym, Sym]): Sym {
    return map([high, low], halfOfBytes(e.input(0), e.input(1)));
  }
}

/** The number of two bytes: sign, 5 bits of exponent, 10 of mantissa, by products with powers of two, which round nothing. */
function halfOfBytes(high: Expr, low: Expr): Expr {
  const isNegative = (yes: Expr | number, no: Expr | number) => e.select("lt", high, 128, no, yes);
  const unsigned = isNegative(e.sub(high, 128), high);
  const exponent = e.floor(e.div(unsigned, 4));
  const mantissa = e.add(e.mul(256, e.sub(unsigned, e.mul(4, exponent))), low);
  // 2^(exponent − 25), bit by bit.
  let power: Expr = e.lift(2 ** -25);
  let rest = exponent;
  for (const bit of [16, 8, 4, 2, 1]) {
    power = e.select("lt", rest, bit, power, e.mul(power, 2 ** bit));
    rest = e.select("lt", rest, bit, rest, e.sub(rest, bit));
  }
  const size = e.select("eq", exponent, 0, e.mul(mantissa, 2 ** -24), e.mul(e.add(mantissa, 1024), power));
  return isNegative(e.neg(size), size);
}
