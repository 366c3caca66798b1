/** What the whole network costs, and how long an epoch of it takes here, measured. */
import { useSignal } from "@preact/signals";
import { duration, fileSize, grouped } from "../../base/numbers.ts";
import { Figure } from "../../parts/figure.tsx";
import { engine } from "../../state/engine.ts";
import type { Description, Measured } from "./tasks.ts";

const EPOCHS = [4000, 60_000] as const;
const BATCH = 32;

export function Costs({ description }: { readonly description: Description }) {
  const { json, parameters, multiplyAdds, bytes } = description;
  const measured = useSignal<{ readonly json: string; readonly value: Measured } | undefined>(undefined);
  const doing = useSignal("");
  const failure = useSignal<string | undefined>(undefined);
  const measure = async (input: string) => {
    failure.value = undefined;
    doing.value = "compiling";
    try {
      const onProgress = (step: unknown) => {
        doing.value = `step ${step} of 5`;
      };
      const value = await engine.call("task", { station: "build", task: "measure", input }, { onProgress });
      measured.value = { json: input, value: value as Measured };
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
    doing.value = "";
  };
  const found = measured.value?.json === json ? measured.value?.value : undefined;
  return (
    <Figure title="The whole network" name="costs" hasPicture={false} failure={failure.value}>
      <dl class="build-costs">
        <dt>weights</dt>
        <dd data-cost="parameters">{grouped(parameters)}</dd>
        <dt>multiply-adds for an image</dt>
        <dd>{grouped(multiplyAdds)}</dd>
        <dt>memory of weights and maps</dt>
        <dd>{fileSize(bytes)}</dd>
        {EPOCHS.map((images) => (
          <>
            <dt>epoch of {grouped(images)} here</dt>
            <dd>{found === undefined ? "–" : duration((found.msPerStep * images) / BATCH)}</dd>
          </>
        ))}
      </dl>
      <button type="button" disabled={json === undefined || doing.value !== ""} onClick={() => void measure(json!)}>
        {doing.value === "" ? "Measure a training step" : doing.value}
      </button>
      {found !== undefined && (
        <p class="soft">
          {duration(found.msPerStep)} for a step of 32 images on {found.device}.
        </p>
      )}
    </Figure>
  );
}
