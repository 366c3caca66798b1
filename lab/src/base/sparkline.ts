/** A small line of losses. */

export const SPARK_WIDTH = 60;
export const SPARK_HEIGHT = 18;

/** A path of means over as many steps as share a pixel; "" for fewer than two points. */
export function sparkPath(
  steps: readonly { readonly loss: number }[],
  width = SPARK_WIDTH,
  height = SPARK_HEIGHT,
): string {
  const points = Math.min(width, steps.length);
  if (points < 2) return "";
  const means = Array.from({ length: points }, (_, point) => {
    const [from, to] = [point, point + 1].map((edge) => Math.floor((edge * steps.length) / points));
    const part = steps.slice(from, to);
    return part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
  });
  const highest = Math.max(...means);
  const place = (mean: number, point: number) =>
    `${((point * width) / (points - 1)).toFixed(1)} ${(1 + (height - 2) * (1 - mean / (highest || 1))).toFixed(1)}`;
  return `M${means.map(place).join("L")}`;
}
