import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";

export interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** Follows the number: "px", "degrees". */
  readonly unit?: string;
  readonly isDisabled?: boolean;
  readonly onChange: (value: number) => void;
}

/** A number that is dragged, moved by arrow keys or typed. */
export function Slider({ label, value, min, max, step = 1, unit = "", isDisabled = false, onChange }: SliderProps) {
  const id = useId();
  const fault = useSignal("");
  const type = (text: string) => {
    const typed = Number(text);
    const isGood = text.trim() !== "" && typed >= min && typed <= max;
    fault.value = isGood ? "" : `a number from ${min} to ${max}`;
    if (isGood) onChange(typed);
  };
  return (
    <div class="slider">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="range"
        {...{ min, max, step, value }}
        disabled={isDisabled}
        onInput={({ currentTarget }) => {
          fault.value = "";
          onChange(currentTarget.valueAsNumber);
        }}
      />
      <span class="slider-number">
        <input
          type="number"
          inputMode="decimal"
          aria-label={`${label}, typed`}
          aria-invalid={fault.value !== ""}
          {...{ min, max, step, value }}
          disabled={isDisabled}
          onChange={({ currentTarget }) => type(currentTarget.value)}
        />
        {unit}
      </span>
      {fault.value !== "" && (
        <span class="fault" role="alert">
          {fault.value}
        </span>
      )}
    </div>
  );
}
