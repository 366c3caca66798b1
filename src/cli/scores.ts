/** Losses and metrics as text. */
import { formatMetric, formatPercent } from "../base/format.ts";

/** "accuracy 98.35%, loss 0.0512" */
export function scoresText(scores: Readonly<Record<string, number>>): string {
  const isShare = (name: string) => name.endsWith("accuracy");
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${isShare(name) ? formatPercent(value, 2) : formatMetric(value)}`)
    .join(", ");
}
