/** Station 12 without its view: formats, the run as lines, questions, and the report. */
import type { RunOptions, RunStep, RunTest } from "../../engine/protocol.ts";
import { type Answers, questionNames, questions } from "../../state/questions.ts";

export interface Format {
  /** The names of the file, or of the one that says the format. */
  readonly file: string;
  readonly opens: string;
}

export const formats = {
  keras: { file: "network.keras", opens: "Keras 3 and fovea: architecture and weights" },
  h5: { file: "network.h5", opens: "Keras 2 and 3: the older format" },
  weights: { file: "network.weights.h5", opens: "Keras 3: weights for the same architecture" },
  safetensors: { file: "network.safetensors", opens: "weights by their names, for any program" },
  onnx: { file: "network.onnx", opens: "ONNX Runtime and others: what the network computes" },
  tfjs: { file: "model.json", opens: "TensorFlow.js: this file and the one beside it" },
} as const satisfies Readonly<Record<string, Format>>;
export type FormatName = keyof typeof formats;
export const formatNames = Object.keys(formats) as FormatName[];

/** The run as JSON lines: what it was started with, then its steps and tests in their order. */
export function runLines(options: RunOptions, steps: readonly RunStep[], tests: readonly RunTest[]): string {
  const entries = [
    ...steps.map((step) => ({ type: "step", ...step })),
    ...tests.map((each) => ({ type: "test", ...each })),
  ].sort((a, b) => a.step - b.step);
  const { network, ...rest } = options;
  const first = { type: "run", ...rest, ...(network === undefined ? {} : { network: JSON.parse(network) as unknown }) };
  return `${[first, ...entries].map((entry) => JSON.stringify(entry)).join("\n")}\n`;
}

export interface ReportFigure {
  readonly title: string;
  /** Of fovea/plot, which escapes all texts. */
  readonly svg: string;
}

export interface Report {
  readonly author: string;
  readonly date: Date;
  readonly answers: Answers;
  /** Names and values, in this order. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly figures: readonly ReportFigure[];
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character]!);

const STYLE = `body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1rem/1.55 system-ui,sans-serif;color:#1b1b1f;background:#fbfaf7}
h1{font-size:1.75rem}h2{margin-top:2.5rem;font-size:1.3rem}h3{margin-bottom:.25rem;font-size:1rem}
p{margin:.25rem 0 1rem;white-space:pre-wrap}table{border-collapse:collapse}
th,td{padding:.2rem 1.2rem .2rem 0;text-align:start;vertical-align:top;font-weight:400}th{color:#63625e}
figure{margin:1.5rem 0;break-inside:avoid}svg{max-width:100%;height:auto}.empty{color:#63625e}`;

/** One HTML file that needs nothing else and may run nothing: its own policy forbids scripts. */
export function writeReport({ author, date, answers, facts, figures }: Report): string {
  const title = author.trim() === "" ? "Report on a convolutional network" : `Report of ${author.trim()}`;
  const said = questionNames.map((name) => {
    const answer = answers[name]?.trim() ?? "";
    const words = answer === "" ? '<p class="empty">No answer.</p>' : `<p>${escapeHtml(answer)}</p>`;
    return `<h3>${escapeHtml(questions[name])}</h3>\n${words}`;
  });
  const rows = facts.map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`);
  const drawn = figures.map(
    ({ title: name, svg }) => `<figure>\n<h3>${escapeHtml(name)}</h3>\n${svg.trim()}\n</figure>`,
  );
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeHtml(title)}</title>
<style>
${STYLE}
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p>Written on ${date.toISOString().slice(0, 10)} in the fovea lab.</p>
<h2>Answers</h2>
${said.join("\n")}
<h2>The network</h2>
<table>
${rows.join("\n")}
</table>
<h2>Figures</h2>
${drawn.join("\n")}
</body>
</html>
`;
}
