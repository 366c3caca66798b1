/** What notebooks show of models and histories; loaded when one asks. */
import { formatMetric } from "../base/format.ts";
import type { NotebookDisplay } from "../base/notebook.ts";
import { lineChart } from "../view/plot/line-chart.ts";
import { toSvg } from "../view/plot/svg.ts";
import { summaryHtml } from "../view/summary-html.ts";
import type { History } from "./history.ts";
import type { AnyModel } from "./model.ts";
import { printSummary, summaryRows, summaryTotals } from "./summary.ts";

/** The summary, as Keras's text and as a table. */
export function displayModel(model: AnyModel): NotebookDisplay {
  return {
    "text/plain": printSummary(model, { print: () => {} }),
    "text/html": summaryHtml(summaryRows(model), summaryTotals(model), model.name),
  };
}

/** A curve for each value of the logs: the losses in one chart, everything else in another. */
export function displayHistory({ epoch, history }: History): NotebookDisplay {
  const all = Object.entries(history);
  const isLoss = (name: string) => /(^|_)loss$/.test(name);
  const chart = (title: string, some: typeof all) =>
    some.length === 0
      ? ""
      : toSvg(
          lineChart({
            title,
            xLabel: "epoch",
            series: some.map(([name, values]) => ({
              name,
              values,
              x: epoch.map((number) => number + 1),
              points: true,
              dashed: name.startsWith("val_"),
            })),
          }),
        );
  const rows = epoch.map(
    (number, row) =>
      `Epoch ${number + 1}: ${all.map(([name, values]) => `${name} ${formatMetric(values[row] ?? Number.NaN)}`).join(", ")}\n`,
  );
  const losses = all.filter(([name]) => isLoss(name));
  const others = all.filter(([name]) => !isLoss(name));
  return {
    "text/plain": rows.join(""),
    "text/html": chart("Losses", losses) + chart("Metrics", others),
  };
}
