/**
 * Range reductions and minimax polynomials of exp, log and tanh in float32, from Moshier's Cephes library (single/expf.c, logf.c,
 * tanhf.c); highest power first.
 */

/** ln 2 in two parts: products of the first with an exponent are exact. */
export const LN2_HIGH = 0.693359375;
export const LN2_LOW = -2.1219444e-4;

export const expTerms = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];
export const logTerms = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.242014084e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
  -2.4999993993e-1, 3.3333331174e-1,
];
export const tanhTerms = [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1];

/** Bits of √½ as float32. */
export const SQRT_HALF_BITS = 0x3f3504f3;
