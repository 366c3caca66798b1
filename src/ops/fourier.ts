/** Frames of signals and their Fourier transforms: compositions of slices and products. */
import type { Sym } from "../ir/graph.ts";
import { add, mul, sub } from "./elementwise.ts";
import { literal } from "./literal.ts";
import { matMul, transpose } from "./mat-mul.ts";
import { reshape } from "./reshape.ts";
import { concatenateAxis, padWith, sliceAxis, split } from "./slice.ts";

/** x [n, samples] → [n, frames, length]: `length` samples from each multiple of `stride` on, where so many are left. */
export function frames(x: Sym, length: number, stride: number): Sym {
  const [rows, samples] = x.spec.shape as [number, number];
  const count = Math.floor((samples - length) / stride) + 1;
  // A frame is some whole blocks of `stride` samples and a part of one: so many slices, however many frames there are.
  const parts = Math.ceil(length / stride);
  const needed = (count - 1 + parts) * stride;
  const filled =
    samples < needed
      ? padWith(
          x,
          [
            [0, 0],
            [0, needed - samples],
          ],
          0,
        )
      : sliceAxis(x, 1, 0, needed);
  const blocks = reshape(filled, [rows, needed / stride, stride]);
  const shifted = Array.from({ length: parts }, (_, part) =>
    sliceAxis(sliceAxis(blocks, 1, part, part + count), 2, 0, Math.min(stride, length - part * stride)),
  );
  return concatenateAxis(shifted, 2);
}

/** The divisor nearest to the root, from below. */
function factorOf(length: number): number {
  let factor = Math.floor(Math.sqrt(length));
  while (length % factor !== 0) factor--;
  return factor;
}

/** Products of numbers in the transform of one frame. */
export function fourierProducts(length: number): number {
  const factor = factorOf(length);
  return length * (2 * factor + 4 * (length / factor));
}

/** cos and sin of −2π · i · j / period for rows i and columns j. */
function turns(rows: number, columns: number, period: number): [cos: number[], sin: number[]] {
  const table = (part: (angle: number) => number) =>
    Array.from({ length: rows * columns }, (_, at) => {
      // Whole turns are left out: the sine of a large angle has few right digits.
      const step = (Math.floor(at / columns) * (at % columns)) % period;
      return part((-2 * Math.PI * step) / period);
    });
  return [table(Math.cos), table(Math.sin)];
}

/** Rows of two square tables side by side: [left | right]. */
const beside = (size: number, left: readonly number[], right: readonly number[]): number[] =>
  Array.from({ length: size }, (_, row) =>
    [left, right].flatMap((table) => table.slice(row * size, (row + 1) * size)),
  ).flat();

/**
 * The Fourier transform of the last axis of x [n, m, length], real and imaginary part [n, m, ⌊length / 2⌋ + 1] each. Lengths a · b
 * are transformed by two products with small matrices (Cooley and Tukey 1965): sample b·i + j and bin k + a·l have
 * X[k + a·l] = Σj W(b)^(j·l) · W(a·b)^(j·k) · Σi x[b·i + j] · W(a)^(i·k), W(p) = e^(−2πi/p).
 */
export function realFourier(x: Sym): [real: Sym, imag: Sym] {
  const [rows, count, length] = x.spec.shape as [number, number, number];
  const a = factorOf(length);
  const b = length / a;
  const table = (values: readonly number[], shape: readonly number[]) => literal(x.builder, values, shape);
  const flip = (y: Sym) => transpose(y, [0, 1, 3, 2]);
  const first = matMul(flip(reshape(x, [rows, count, a, b])), table(beside(a, ...turns(a, a, a)), [a, 2 * a]));
  const [real, imag] = split(first, [a, a], 3) as [Sym, Sym];
  const [cos, sin] = turns(b, a, length).map((values) => table(values, [b, a])) as [Sym, Sym];
  const turned = [sub(mul(real, cos), mul(imag, sin)), add(mul(real, sin), mul(imag, cos))].map(flip);
  const [inner, outer] = turns(b, b, b);
  const kernel = [
    ...beside(b, inner, outer),
    ...beside(
      b,
      outer.map((value) => -value),
      inner,
    ),
  ];
  const second = matMul(concatenateAxis(turned, 3), table(kernel, [2 * b, 2 * b]));
  const bins = Math.floor(length / 2) + 1;
  const parts = split(second, [b, b], 3).map((part) =>
    sliceAxis(reshape(flip(part), [rows, count, length]), 2, 0, bins),
  );
  return parts as [Sym, Sym];
}
