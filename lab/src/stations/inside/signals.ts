/** What the parts of station 9 share: the edited kernel, the unit that is explained, and how the engine is asked. */
import { computed } from "@preact/signals";
import { decimals, oneOf, wholeNumber } from "../../state/address.ts";
import { engine, isTraining, network, weightsAt } from "../../state/engine.ts";
import { samples } from "../../state/samples.ts";
import { address, channel, layer, unit } from "../../state/selection.ts";
import { explainedUnit, type KernelEdit, type RangeName, rangeNames, type SortName, sortNames } from "./state.ts";

export const sort = address.signal<SortName>("inside.sort", "activation", oneOf(sortNames));
export const range = address.signal<RangeName>("inside.range", "layer", oneOf(rangeNames));
/** The filter of the first convolution that is edited: the one that was selected last. */
export const filter = address.signal("inside.filter", 0, wholeNumber(0, 63));

/** Number of the filter, and its nine weights. */
const editCodec = decimals([10], -1000, 1000);
export const edit = address.signal<KernelEdit | undefined>("inside.edit", undefined, {
  parse: (text) => {
    const [chosen, ...values] = editCodec.parse(text) ?? [];
    return chosen !== undefined && Number.isInteger(chosen) && chosen >= 0 && chosen < 64
      ? { filter: chosen, values }
      : undefined;
  },
  print: (edited) => (edited === undefined ? "" : editCodec.print([edited.filter, ...edited.values])),
});

export const explained = computed(() => explainedUnit({ layer: layer.value, channel: channel.value, ...unit.value }));

/** Asks a task of this station about the test digits; undefined until there is a network and the digits. */
export function ask<Output>(task: string, input: object, abort?: AbortSignal): Promise<Output> | undefined {
  const [digits, at] = [samples.value, weightsAt.value];
  if (network.value === undefined || digits === undefined) return undefined;
  const whole = { at, images: digits.images, labels: digits.labels, ...input };
  return engine.call("task", { station: "inside", task, input: whole }, { signal: abort }) as Promise<Output>;
}

/** The same for what goes through many digits: it waits while a run is training, which would share its time with it. */
export function askAtRest<Output>(task: string, input: object, abort: AbortSignal): Promise<Output> | undefined {
  return isTraining.value ? undefined : ask(task, input, abort);
}
