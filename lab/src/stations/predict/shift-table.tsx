/** What the network reads when the picture is shifted by up to three pixels: one stop of the tab key, arrows between the shifts. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useAnswer } from "../../state/answer.ts";
import { anyWeightsAt, engine } from "../../state/engine.ts";
import type { ShiftInput, Shifts } from "./tasks.ts";

const REACH = 3;
const SIDE = 2 * REACH + 1;
const MIDDLE = (SIDE * SIDE - 1) / 2;
const places = Array.from({ length: SIDE }, (_, at) => at - REACH);

export function ShiftTable({ image }: { readonly image: Float32Array }) {
  const shown = useSignal(image);
  shown.value = image;
  /** The shift that is pointed at or has the focus: row times seven, plus column. */
  const told = useSignal(MIDDLE);
  const table = useRef<HTMLTableElement>(null);
  const answer = useAnswer((signal) => {
    const input: ShiftInput = { image: shown.value.slice(), at: anyWeightsAt.value };
    return engine.call("task", { station: "predict", task: "shifts", input }, { signal }) as Promise<Shifts>;
  });
  const { value, failure } = answer.value;
  if (value === undefined) return failure === undefined ? null : <p role="alert">{failure}</p>;
  const middle = value.classes[MIDDLE]!;
  const same = value.classes.filter((each) => each === middle).length;
  const wordsOf = (at: number) => {
    const [down, right] = [places[Math.floor(at / SIDE)]!, places[at % SIDE]!];
    const read = value.classes[at]!;
    const sure = value.probabilities[10 * at + read]!;
    return `${wayOf(down, "down", "up")}, ${wayOf(right, "right", "left")}: it reads ${read}, ${Math.round(100 * sure)} % sure`;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = arrows[event.key];
    if (step === undefined) return;
    const inside = (at: number) => Math.min(SIDE - 1, Math.max(0, at));
    const [row, column] = [inside(Math.floor(told.value / SIDE) + step.y), inside((told.value % SIDE) + step.x)];
    told.value = SIDE * row + column;
    table.current?.querySelectorAll<HTMLElement>("td")[told.value]?.focus();
    event.preventDefault();
  };
  return (
    <div class="predict-shifts">
      <table
        ref={table}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of ARIA's may be a table.
        role="grid"
        aria-label="Answer for each shift: rows down, columns to the right"
        onKeyDown={onKeyDown}
      >
        <thead>
          <tr>
            <th scope="col">shift</th>
            {places.map((right) => (
              <th key={right} scope="col">
                {right}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {places.map((down, i) => (
            <tr key={down}>
              <th scope="row">{down}</th>
              {places.map((right, j) => {
                const at = SIDE * i + j;
                const tell = () => {
                  told.value = at;
                };
                return (
                  <td
                    key={right}
                    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: its cells are cells.
                    role="gridcell"
                    class={value.classes[at] === middle ? undefined : "is-other"}
                    tabIndex={at === told.value ? 0 : -1}
                    aria-label={wordsOf(at)}
                    onFocus={tell}
                    onPointerDown={tell}
                    onPointerEnter={tell}
                  >
                    {value.classes[at]}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="soft">
        Shifted by up to three pixels each way, it reads {middle} at {same} of {SIDE * SIDE} places.
      </p>
      <p class="soft predict-shift-told">{wordsOf(told.value)}.</p>
    </div>
  );
}

/** "2 px up" */
const wayOf = (by: number, ahead: string, back: string) => `${Math.abs(by)} px ${by < 0 ? back : ahead}`;

const arrows: Readonly<Record<string, { readonly y: number; readonly x: number }>> = {
  ArrowUp: { y: -1, x: 0 },
  ArrowDown: { y: 1, x: 0 },
  ArrowLeft: { y: 0, x: -1 },
  ArrowRight: { y: 0, x: 1 },
};
