import { shortNumber } from "../base/numbers.ts";
import { type Maps, summarise, valueAt } from "./maps.ts";

/** Rows and columns that are listed; the rest is summed up. */
const LISTED = 10;

export interface NumberTableProps {
  readonly maps: Maps;
  readonly channel: number;
  readonly noun: string;
}

/** The first numbers of a map, and what the others are like. */
export function NumberTable({ maps, channel, noun }: NumberTableProps) {
  const rows = Math.min(LISTED, maps.height);
  const columns = Math.min(LISTED, maps.width);
  const { highest, lowest, mean, zeros } = summarise(maps, channel);
  const name = maps.channels > 1 ? `${noun} ${channel}` : noun;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <div class="number-table" tabIndex={0} role="region" aria-label={`Numbers of ${name}`}>
      <table>
        <caption>
          {name}, {maps.height} × {maps.width}: from {shortNumber(lowest)} to {shortNumber(highest)}, mean{" "}
          {shortNumber(mean)}, {Math.round(100 * zeros)} % zeros
          {rows < maps.height || columns < maps.width ? `; the first ${rows} × ${columns}` : ""}
        </caption>
        <thead>
          <tr>
            <th scope="col">row</th>
            {Array.from({ length: columns }, (_, x) => (
              <th key={x} scope="col">
                {x}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Array.from({ length: rows }, (_, y) => (
            <tr key={y}>
              <th scope="row">{y}</th>
              {Array.from({ length: columns }, (_, x) => (
                <td key={x}>{shortNumber(valueAt(maps, { channel, y, x }))}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
