/** The first four test digits: their pictures, and what the network reads in them. */
import { Digit } from "../../parts/digit.tsx";
import { imageOf, samples } from "../../state/samples.ts";
import { sample } from "../../state/selection.ts";

export function Thumbnails({ digits }: { readonly digits: readonly number[] | undefined }) {
  const { value } = samples;
  if (value === undefined) return null;
  return (
    <div class="see-thumbnails">
      {[0, 1, 2, 3].map((index) => (
        <button
          key={index}
          type="button"
          class="plain"
          aria-pressed={sample.value === index}
          aria-label={`Digit ${index}, read as ${digits?.[index] ?? "nothing yet"}`}
          onClick={() => {
            sample.value = index;
          }}
        >
          <Digit pixels={imageOf(value, index)} />
        </button>
      ))}
    </div>
  );
}
