/** Puts the drawing among the digits that all stations show, with the class that the visitor says. */
import { useSignal } from "@preact/signals";
import { count } from "../base/numbers.ts";
import { say } from "../state/live.ts";
import { addDrawing, drawnDigits, removeDrawings } from "../state/selection.ts";
import { Choice } from "./choice.tsx";

export interface JoinDigitsProps {
  /** The drawing as the network sees it, 28 x 28 grey levels; undefined for none. */
  readonly pixels: Float32Array | undefined;
  /** What the network reads, which is proposed. */
  readonly read: number | undefined;
}

const digits = Array.from({ length: 10 }, (_, digit) => [String(digit), String(digit)] as const);

export function JoinDigits({ pixels, read }: JoinDigitsProps) {
  const label = useSignal<number | undefined>(undefined);
  const own = drawnDigits.value.length;
  const truth = label.value ?? read ?? 0;
  return (
    <div class="join-digits">
      {pixels !== undefined && (
        <>
          <Choice
            label="it is a"
            value={String(truth)}
            options={digits}
            onChange={(digit) => {
              label.value = Number(digit);
            }}
          />
          <button
            type="button"
            onClick={() => {
              addDrawing(pixels, truth);
              label.value = undefined;
              say("Your drawing is among the digits, and selected.");
            }}
          >
            Add it to the digits
          </button>
        </>
      )}
      {own > 0 && (
        <>
          <span class="soft">{count(own, "digit")} of yours among them</span>
          <button type="button" onClick={removeDrawings}>
            Take them out
          </button>
        </>
      )}
    </div>
  );
}
