/** The loss and the accuracy as two lines of an SVG, each point one look at the training. */
export interface Point {
  /** Steps since the start. */
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

const WIDTH = 600;
const HEIGHT = 220;
const MARGIN = 28;

export function drawCurves(svg: SVGSVGElement, points: readonly Point[], steps: number): void {
  const top = points.reduce((largest, { loss }) => Math.max(largest, loss), 1e-9);
  const x = (step: number) => MARGIN + ((WIDTH - 2 * MARGIN) * step) / Math.max(1, steps);
  const y = (share: number) => HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share;
  svg.replaceChildren(
    line(
      "loss",
      points.map(({ step, loss }) => [x(step), y(loss / top)]),
    ),
    line(
      "accuracy",
      points.map(({ step, accuracy }) => [x(step), y(accuracy)]),
    ),
    label(4, MARGIN, top.toFixed(1)),
    label(4, HEIGHT - MARGIN, "0"),
    label(WIDTH - 40, MARGIN - 10, "100 %"),
    label(WIDTH - MARGIN - 40, HEIGHT - 8, `${steps} steps`),
  );
}

function line(className: string, points: readonly (readonly [number, number])[]): SVGElement {
  const element = make("polyline");
  element.setAttribute("class", className);
  element.setAttribute("points", points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "));
  return element;
}

function label(x: number, y: number, text: string): SVGElement {
  const element = make("text");
  element.setAttribute("x", String(x));
  element.setAttribute("y", String(y));
  element.textContent = text;
  return element;
}

const make = (name: "polyline" | "text") => document.createElementNS("http://www.w3.org/2000/svg", name);
