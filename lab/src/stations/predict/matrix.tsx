/** Which digit is read as which; a cell opens its digits. */
import { confusionChart, toSvg } from "fovea/plot";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Figure } from "../../parts/figure.tsx";
import { shownTheme } from "../../state/selection.ts";
import { worstPairs } from "./state.ts";

export interface MatrixCell {
  readonly label: number;
  readonly read: number;
}

export interface MatrixProps {
  readonly counts: readonly (readonly number[])[];
  readonly selected: MatrixCell | undefined;
  readonly onSelect: (cell: MatrixCell | undefined) => void;
}

const classes = Array.from({ length: 10 }, (_, index) => index);

export function Matrix({ counts, selected, onSelect }: MatrixProps) {
  const largest = Math.max(1, ...counts.flatMap((row, label) => row.filter((_, read) => read !== label)));
  const worst = worstPairs(counts);
  return (
    <Figure
      title="Confusion matrix: rows are true, columns are read"
      name="confusion"
      svg={() => toSvg(confusionChart({ title: "Confusion matrix", matrix: counts, theme: shownTheme.peek() }))}
      data={() => counts.map((row) => row.join("\t")).join("\n")}
      caption={worst.length === 0 ? "No mistake." : `The worst: ${worst.join("; ")}.`}
      {...(selected && { onReset: () => onSelect(undefined) })}
    >
      <div class="scrolls">
        <table class="predict-matrix">
          <thead>
            <tr>
              <th scope="col">true</th>
              {classes.map((read) => (
                <th key={read} scope="col">
                  {read}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, label) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {row.map((times, read) => {
                  const isSelected = selected?.label === label && selected.read === read;
                  return (
                    <td key={read} class={label === read ? "is-right" : undefined}>
                      {times > 0 && (
                        <CountButton
                          times={times}
                          share={label === read ? 0 : times / largest}
                          words={`${label} read as ${read}: ${times}`}
                          isSelected={isSelected}
                          onClick={() => onSelect(isSelected ? undefined : { label, read })}
                        />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Figure>
  );
}

interface CountButtonProps {
  readonly times: number;
  /** Of the most frequent mistake. */
  readonly share: number;
  readonly words: string;
  readonly isSelected: boolean;
  readonly onClick: () => void;
}

function CountButton({ times, share, words, isSelected, onClick }: CountButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    button.current!.style.setProperty("--share", `${Math.round(45 * share)}%`);
  }, [share]);
  return (
    <button ref={button} type="button" aria-label={words} aria-pressed={isSelected} onClick={onClick}>
      {times}
    </button>
  );
}
