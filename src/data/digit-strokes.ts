/**
 * Shapes of the digits: strokes in a box of about 0.66 x 1, with y pointing down. Every digit has a few variants, as in
 * handwriting.
 */

/** x and y alternate: x0, y0, x1, y1, … */
export type Points = readonly number[];

interface Stroke {
  readonly points: Points;
  /** "straight" connects the points by lines, "curve" by a smooth curve through all of them, "loop" by a closed one. */
  readonly kind: "straight" | "curve" | "loop";
}

const straight = (...points: number[]): Stroke => ({ points, kind: "straight" });
const curve = (...points: number[]): Stroke => ({ points, kind: "curve" });
const loop = (...points: number[]): Stroke => ({ points, kind: "loop" });

const lowerBowlOf3 = curve(0.25, 0.46, 0.5, 0.53, 0.64, 0.73, 0.53, 0.93, 0.27, 1, 0.02, 0.88);
const bowlOf5 = curve(0.08, 0.45, 0.3, 0.38, 0.55, 0.47, 0.65, 0.69, 0.52, 0.92, 0.25, 1, 0, 0.9);
const headOf9 = loop(0.6, 0.22, 0.44, 0.02, 0.17, 0.05, 0.02, 0.26, 0.14, 0.47, 0.42, 0.48);

/** Variants of each digit, indexed by the digit. */
const glyphs: readonly (readonly (readonly Stroke[])[])[] = [
  [
    [loop(0.33, 0, 0.09, 0.17, 0, 0.5, 0.09, 0.83, 0.33, 1, 0.57, 0.83, 0.66, 0.5, 0.57, 0.17)],
    [curve(0.46, 0.04, 0.2, 0.06, 0.02, 0.4, 0.07, 0.82, 0.32, 1, 0.58, 0.8, 0.64, 0.4, 0.5, 0.1, 0.3, 0.02)],
  ],
  [
    [straight(0.33, 0, 0.33, 1)],
    // The flag is short and steep, so that a slanted 1 is not a 7, and the foot is narrow, so that it is not a 2.
    [straight(0.23, 0.15, 0.36, 0, 0.36, 1)],
    [straight(0.23, 0.15, 0.36, 0, 0.36, 1), straight(0.2, 1, 0.52, 1)],
  ],
  [
    [
      curve(0.04, 0.24, 0.14, 0.06, 0.34, 0, 0.56, 0.08, 0.62, 0.28, 0.52, 0.5, 0.28, 0.76, 0.02, 1),
      straight(0.02, 1, 0.66, 1),
    ],
    [
      curve(0.04, 0.2, 0.2, 0.02, 0.46, 0.02, 0.58, 0.22, 0.5, 0.48, 0.26, 0.84, 0.08, 0.97),
      curve(0.08, 0.97, 0.01, 0.87, 0.14, 0.78, 0.34, 0.9, 0.52, 0.98, 0.68, 0.9),
    ],
  ],
  [
    [curve(0.05, 0.12, 0.26, 0, 0.5, 0.06, 0.58, 0.22, 0.48, 0.4, 0.25, 0.46), lowerBowlOf3],
    [
      straight(0.04, 0.02, 0.58, 0.02, 0.25, 0.42),
      curve(0.25, 0.42, 0.52, 0.5, 0.64, 0.72, 0.52, 0.93, 0.26, 1, 0.02, 0.88),
    ],
  ],
  [
    [straight(0.1, 0, 0.02, 0.56, 0.68, 0.56), straight(0.52, 0.1, 0.5, 1)],
    [straight(0.46, 0, 0, 0.66, 0.7, 0.66), straight(0.46, 0, 0.46, 1)],
    [curve(0.08, 0, 0.02, 0.3, 0.1, 0.5, 0.32, 0.52, 0.56, 0.42), straight(0.6, 0.02, 0.52, 1)],
  ],
  [
    [straight(0.62, 0, 0.13, 0, 0.08, 0.45), bowlOf5],
    [curve(0.64, 0, 0.4, 0.03, 0.14, 0.01), straight(0.14, 0.01, 0.08, 0.45), bowlOf5],
  ],
  [
    [
      curve(
        0.52,
        0,
        0.22,
        0.2,
        0.04,
        0.52,
        0.04,
        0.8,
        0.2,
        0.98,
        0.42,
        0.99,
        0.6,
        0.84,
        0.58,
        0.64,
        0.4,
        0.54,
        0.18,
        0.6,
        0.05,
        0.76,
      ),
    ],
    [
      straight(0.36, 0, 0.06, 0.62),
      loop(0.06, 0.62, 0.02, 0.8, 0.14, 0.96, 0.36, 1, 0.54, 0.86, 0.52, 0.68, 0.34, 0.58),
    ],
  ],
  [
    [straight(0, 0.02, 0.64, 0.02, 0.24, 1)],
    [straight(0, 0.02, 0.64, 0.02, 0.24, 1), straight(0.16, 0.5, 0.62, 0.5)],
    [straight(0.02, 0.14, 0.03, 0.03, 0.63, 0.02), curve(0.63, 0.02, 0.44, 0.36, 0.34, 0.68, 0.3, 1)],
  ],
  [
    [
      loop(
        0.32,
        0.47,
        0.1,
        0.34,
        0.08,
        0.13,
        0.32,
        0,
        0.56,
        0.13,
        0.54,
        0.34,
        0.32,
        0.47,
        0.06,
        0.64,
        0.02,
        0.86,
        0.32,
        1,
        0.62,
        0.86,
        0.58,
        0.64,
      ),
    ],
    [
      loop(0.32, 0, 0.1, 0.1, 0.12, 0.36, 0.32, 0.46, 0.52, 0.36, 0.54, 0.1),
      loop(0.32, 0.46, 0.06, 0.58, 0.06, 0.88, 0.32, 1, 0.58, 0.88, 0.58, 0.58),
    ],
  ],
  [
    [headOf9, straight(0.6, 0.16, 0.52, 1)],
    [headOf9, curve(0.6, 0.16, 0.62, 0.52, 0.52, 0.88, 0.28, 1, 0.08, 0.92)],
  ],
];

/** Pieces per curve segment between two points; straight lines are cut too, so that a wobble can bend them. */
const PIECES = 4;

/** All variants of all digits as polylines: `ways[digit][way][stroke]`. */
export function digitWays(): readonly (readonly (readonly Points[])[])[] {
  return glyphs.map((ways) => ways.map((strokes) => strokes.map(flatten)));
}

/**
 * A stroke as a polyline. Curves are Catmull-Rom splines: between p1 and p2, with neighbours p0 and p3,
 * p(t) = ½ (2 p1 + (p2 - p0) t + (2 p0 - 5 p1 + 4 p2 - p3) t² + (3 p1 - p0 - 3 p2 + p3) t³).
 */
function flatten({ points, kind }: Stroke): Points {
  const count = points.length / 2;
  const index = (i: number) => (kind === "loop" ? (i + count) % count : Math.min(count - 1, Math.max(0, i)));
  const spans = kind === "loop" ? count : count - 1;
  const flat: number[] = [points[0]!, points[1]!];
  for (let span = 0; span < spans; span++) {
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      for (let axis = 0; axis < 2; axis++) {
        const [p0, p1, p2, p3] = [-1, 0, 1, 2].map((step) => points[2 * index(span + step) + axis]!) as [
          number,
          number,
          number,
          number,
        ];
        flat.push(
          kind === "straight"
            ? p1 + (p2 - p1) * t
            : 0.5 *
                (2 * p1 +
                  (p2 - p0) * t +
                  (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t +
                  (3 * p1 - p0 - 3 * p2 + p3) * t ** 3),
        );
      }
    }
  }
  return flat;
}
