/** Texts whose words are coloured by what they added to the verdict. */
import { type Mark, type Scene, themes } from "fovea/plot";
import type { Reason } from "./text.ts";

export interface ReadReview {
  readonly words: readonly string[];
  /** Of "for", 0 … 1. */
  readonly score: number;
  readonly reasons: readonly Reason[];
  /** Whether it is for; unknown for the user's own texts. */
  readonly truth?: boolean;
}

const theme = themes.light;
const [width, margin, lineHeight, letter] = [760, 16, 24, 7.3];

/** Blue speaks for, red against; the stronger, the more. */
export function wordChart(reviews: readonly ReadReview[], subtitle: string): Scene {
  const title = "Which words decided";
  const marks: Mark[] = [
    { kind: "text", x: margin, y: 34, text: title, size: 17, weight: 600, fill: theme.ink },
    { kind: "text", x: margin, y: 54, text: `${subtitle} Blue is for, red against.`, size: 13, fill: theme.soft },
  ];
  let y = 84;
  for (const { words, score, reasons, truth } of reviews) {
    const verdict = `${score > 0.5 ? "for" : "against"} ${Math.max(score, 1 - score).toFixed(2)}`;
    const wrong = truth !== undefined && truth !== score > 0.5 ? ", wrong" : "";
    marks.push({
      kind: "text",
      x: margin,
      y,
      text: verdict + wrong,
      size: 12,
      weight: 600,
      fill: wrong ? theme.accent : theme.ink,
    });
    const weights = words.map((_, i) =>
      reasons.reduce((sum, { at, width: wide, weight }) => (i >= at && i < at + wide ? sum + weight / wide : sum), 0),
    );
    const most = Math.max(1e-6, ...weights.map(Math.abs));
    let x = margin + 110;
    words.forEach((word, i) => {
      const wide = word.length * letter + 6;
      if (x + wide > width - margin) {
        x = margin + 110;
        y += lineHeight;
      }
      const share = Math.abs(weights[i]!) / most;
      const label = `${word}: ${weights[i]!.toFixed(2)}`;
      const fill = weights[i]! > 0 ? theme.series[0]! : theme.series[5]!;
      if (share > 0.03)
        marks.push({
          kind: "rect",
          x,
          y: y - 15,
          width: wide,
          height: 20,
          radius: 3,
          fill,
          opacity: 0.75 * share,
          label,
        });
      marks.push({ kind: "text", x: x + 3, y, text: word, size: 12, mono: true, fill: theme.ink });
      x += wide + 1;
    });
    y += lineHeight * 1.5;
  }
  return {
    width,
    height: y,
    title,
    description: reviews.map(({ words, score }) => `${words.join(" ")}: ${score.toFixed(2)}`).join("; "),
    background: theme.paper,
    fonts: { sans: "system-ui, sans-serif", mono: "ui-monospace, monospace" },
    marks,
  };
}
