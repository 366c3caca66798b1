/** A model's layers as a table of HTML, for notebooks. */
import { escapeXml } from "./plot/svg.ts";
import { rowCells, type SummaryRow, type SummaryTotals, totalsText } from "./summary-table.ts";

/** The same cells as `summaryText`, without colours or widths of their own: the notebook's styles hold. */
export function summaryHtml(rows: readonly SummaryRow[], totals: SummaryTotals, modelName: string): string {
  const connected = rows.some((row) => row.connectedTo !== undefined);
  const headings = ["Layer (type)", "Output Shape", "Param #", ...(connected ? ["Connected to"] : [])];
  const line = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${cells.map((cell, i) => `<${tag} style="text-align:${i === 2 ? "right" : "left"}">${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", rowCells(row, connected, false))).join("\n");
  const sums = totalsText(totals).trim().split("\n").map(escapeXml).join("<br>");
  return `<table>\n<caption>Model: ${escapeXml(`"${modelName}"`)}</caption>\n<thead>${line("th", headings)}</thead>\n<tbody>\n${body}\n</tbody>\n</table>\n<p>${sums}</p>\n`;
}
