/** One kernel of the first convolution, cell by cell, and what its change does. */

import { useMemo } from "preact/hooks";
import { classesOf } from "../../base/classes.ts";
import { Bars } from "../../parts/bars.tsx";
import { Figure } from "../../parts/figure.tsx";
import { type Maps, rangeOf } from "../../parts/maps.ts";
import { Pixels } from "../../parts/pixels.tsx";
import { Slider } from "../../parts/slider.tsx";
import { samples } from "../../state/samples.ts";
import { select, unit } from "../../state/selection.ts";
import { signedRange } from "./filters.tsx";
import { edit, filter } from "./signals.ts";
import { editCell, effectWords, KERNEL_SIDE, kernelOf, type Weights } from "./state.ts";
import type { LookOutput, Reading } from "./tasks.ts";

export interface KernelEditorProps {
  readonly kernel: Weights;
  readonly look: LookOutput;
}

export function KernelEditor({ kernel, look }: KernelEditorProps) {
  const chosen = filter.value;
  const own = useMemo(() => kernelOf(kernel, chosen), [kernel, chosen]);
  const now = edit.value?.filter === chosen ? edit.value : { filter: chosen, values: own };
  const cells = useMemo(
    (): Maps => ({ data: now.values, height: KERNEL_SIDE, width: KERNEL_SIDE, channels: 1 }),
    [now.values],
  );
  const setCell = (place: number, value: number) => {
    edit.value = editCell(own, now, place, value);
  };
  const other = edit.value !== undefined && edit.value.filter !== chosen ? edit.value.filter : undefined;
  return (
    <div class="inside-editor">
      <Figure
        title={`Kernel ${chosen} of conv2d`}
        name="inside-edit"
        data={() => now.values.join("\n")}
        onReset={() => {
          edit.value = undefined;
        }}
        caption={other === undefined ? undefined : `Kernel ${other} is edited. A change here puts it back.`}
      >
        <Slider
          label="Kernel"
          value={chosen}
          min={0}
          max={63}
          onChange={(channel) => select({ layer: "conv2d", channel, ...unit.value })}
        />
        <div class="inside-kernel">
          <Pixels maps={cells} label={`Kernel ${chosen}`} noun="weight" range={signedRange(cells)} hasNumbers={false} />
          <div class="inside-cells" role="group" aria-label={`Weights of kernel ${chosen}, row by row`}>
            {now.values.map((value, place) => (
              <input
                key={place}
                type="number"
                step={0.05}
                value={Number(value.toFixed(3))}
                aria-label={`Row ${Math.floor(place / KERNEL_SIDE)}, column ${place % KERNEL_SIDE}`}
                onInput={({ currentTarget }) => {
                  if (Number.isFinite(currentTarget.valueAsNumber)) setCell(place, currentTarget.valueAsNumber);
                }}
              />
            ))}
          </div>
        </div>
        <p class="inside-buttons">
          <button
            type="button"
            onClick={() => {
              edit.value = { filter: chosen, values: own.map(() => 0) };
            }}
          >
            All zero
          </button>
          <button
            type="button"
            onClick={() => {
              edit.value = { filter: chosen, values: own.map((value) => -value) };
            }}
          >
            Turn the signs
          </button>
          <button
            type="button"
            disabled={edit.value === undefined}
            onClick={() => {
              edit.value = undefined;
            }}
          >
            The network's own
          </button>
        </p>
      </Figure>
      <Effect look={look} channel={chosen} />
    </div>
  );
}

function Effect({ look, channel }: { readonly look: LookOutput; readonly channel: number }) {
  const digits = samples.value!.count;
  const before: Reading = look.before ?? look;
  const pair = useMemo((): Maps => {
    const [was, is] = [before.layers[0]!, look.layers[0]!];
    const [height = 1, width = 1, channels = 1] = is.shape;
    const data = Float32Array.from({ length: 2 * height * width }, (_, i) => {
      const { data: values } = i % 2 === 0 ? was : is;
      return values[(i >> 1) * channels + channel]!;
    });
    return { data, height, width, channels: 2 };
  }, [look, channel]);
  const answerOf = ({ probabilities }: Reading) => {
    const [best = 0] = classesOf(probabilities);
    return `${best} with ${probabilities[best]!.toFixed(4)}`;
  };
  return (
    <Figure
      title={`Map ${channel}: before and now`}
      name="inside-effect"
      data={() => Array.from(pair.data).join("\n")}
      caption={look.before === undefined ? "Nothing is edited." : effectWords(before.right, look.right, digits)}
    >
      <Pixels
        maps={pair}
        label={`Map ${channel} before the change, and now`}
        noun="map"
        range={rangeOf(pair)}
        hasNumbers={false}
      />
      <table class="numbers inside-effect">
        <thead>
          <tr>
            <td />
            <th scope="col">before</th>
            <th scope="col">now</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">This digit</th>
            <td>{answerOf(before)}</td>
            <td>{answerOf(look)}</td>
          </tr>
          <tr>
            <th scope="row">Right of {digits}</th>
            <td>{before.right}</td>
            <td>{look.right}</td>
          </tr>
        </tbody>
      </table>
      <Bars values={look.probabilities} label="Probability of each digit now" />
    </Figure>
  );
}
