import { barChart, toSvg } from "fovea/plot";
import { useLayoutEffect, useRef } from "preact/hooks";
import { shownTheme } from "../state/selection.ts";

export interface BarsProps {
  /** Shares of 1. */
  readonly values: ArrayLike<number>;
  readonly label: string;
  readonly names?: readonly string[];
  /** The bar that is marked; default: the largest. */
  readonly marked?: number;
  readonly onSelect?: (index: number) => void;
  /** The bar under the pointer; undefined when it leaves. */
  readonly onPoint?: (index: number | undefined) => void;
}

/** Probabilities as bars, with their numbers. */
export function Bars({ values, label, names, marked, onSelect, onPoint }: BarsProps) {
  const list = Array.from({ length: values.length }, (_, index) => values[index]!);
  const best = marked ?? list.indexOf(Math.max(...list));
  return (
    <table class="bars">
      <caption class="hidden">{label}</caption>
      <tbody>
        {list.map((value, index) => {
          const name = names?.[index] ?? String(index);
          return (
            <tr
              key={name}
              class={index === best ? "is-marked" : undefined}
              onPointerEnter={() => onPoint?.(index)}
              onPointerLeave={() => onPoint?.(undefined)}
            >
              <th scope="row">
                {onSelect === undefined ? (
                  name
                ) : (
                  <button type="button" class="plain" onClick={() => onSelect(index)}>
                    {name}
                  </button>
                )}
              </th>
              <td>
                <div class="bar-track">
                  <Bar share={value} />
                </div>
              </td>
              <td class="bar-number">{value.toFixed(4)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

export function Bar({ share }: { readonly share: number }) {
  const bar = useRef<HTMLDivElement>(null);
  // The page's policy forbids style attributes; scripts may set styles.
  useLayoutEffect(() => {
    bar.current!.style.inlineSize = `${100 * Math.min(1, Math.max(0, share || 0))}%`;
  }, [share]);
  return <div ref={bar} class="bar" />;
}

/** Width of saved bars, in pixels. */
const SAVED = 420;

/** The bars as a picture to save. */
export const barsSvg = (title: string, values: ArrayLike<number>, names?: readonly string[]): string =>
  toSvg(
    barChart({ title, values: Array.from(values), width: SAVED, theme: shownTheme.peek(), ...(names && { names }) }),
  );
