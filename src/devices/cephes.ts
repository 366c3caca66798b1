/**
 * Range reductions and minimax polynomials of exp, log and tanh in float32, from Moshier's Cephes library (single/expf.c, logf.c,
 * tanhf.c); highest power first.
 */

/** ln 2 in two parts. The first has few bits, so that its product with an exponent is exact. */
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

/** π/2 in three parts: products of the first two with a number of turns below 8192 are exact (sinf.c, doubled). */
export const HALF_PI_PARTS = [1.5703125, 4.837512969970703e-4, 7.549789954891882e-8];
export const sineTerms = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
export const cosineTerms = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

/** atan x = x + x³ · P(x²) for |x| ≤ tan π/8 (atanf.c). */
export const arctangentTerms = [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1];

/** erf x = x · P(x²) for |x| < 1; erfc x = e^(−x²)/x · P(1/x²) from 1 to 2, and beyond (ndtrf.c). */
export const erfTerms = [
  7.853861353153693e-5, -8.010193625184903e-4, 5.188327685732524e-3, -2.685381193529856e-2, 1.128358514861418e-1,
  -3.7612625824233e-1, 1.12837916572671,
];
export const erfcNearTerms = [
  2.326819970068386e-2, -1.387039388740657e-1, 3.687424674597105e-1, -5.824733027278666e-1, 6.210004621745983e-1,
  -4.944515323274145e-1, 3.404879937665872e-1, -2.741127028184656e-1, 5.638259427386472e-1,
];
export const erfcTailTerms = [
  -1.047766399936249e1, 1.297719955372516e1, -7.495518717768503, 2.921019019210786, -1.0152652792027,
  4.218463358204948e-1, -2.820767439740514e-1, 5.641895067754075e-1,
];
