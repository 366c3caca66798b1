import { samples } from "../state/samples.ts";
import { sample } from "../state/selection.ts";
import { Slider } from "./slider.tsx";

/** Selects a test digit, everywhere. Nothing is there until the digits are. */
export function SampleSlider() {
  const digits = samples.value;
  if (digits === undefined) return null;
  return (
    <Slider
      label="Digit of the test set"
      value={sample.value}
      min={0}
      max={digits.count - 1}
      onChange={(index) => {
        sample.value = index;
      }}
    />
  );
}
