/** The race that was measured one device after the other, side by side. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { duration } from "../../base/numbers.ts";
import { Bar } from "../../parts/bars.tsx";
import type { Raced } from "./results.ts";
import { arrivalsOf, finishOf, lanes, replaySpeed, stepsAt } from "./state.ts";

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export interface ReplayProps {
  readonly raced: Raced;
  /** Whether nothing is measured any more: what moves on the page would be measured, too. */
  readonly isOver: boolean;
}

/** Plays when the race is over, and rests at the moment when the first device is through. */
export function Replay({ raced: { entries, input }, isOver }: ReplayProps) {
  const finish = finishOf(entries, input.steps);
  const speed = replaySpeed(finish);
  /** Milliseconds of the race that have passed; undefined at rest. */
  const at = useSignal<number | undefined>(undefined);
  const frame = useRef(0);
  const play = () => {
    cancelAnimationFrame(frame.current);
    const start = performance.now();
    const move = () => {
      const passed = (performance.now() - start) * speed;
      at.value = passed < finish ? passed : undefined;
      if (passed < finish) frame.current = requestAnimationFrame(move);
    };
    move();
  };
  const canPlay = isOver && finish > 0 && !isStill();
  useEffect(() => {
    if (canPlay) play();
    return () => cancelAnimationFrame(frame.current);
  }, [canPlay]);
  const shown = at.value ?? finish;
  return (
    <div class="rc-replay">
      {entries.map((entry) => {
        const done = stepsAt(arrivalsOf(entry), shown);
        return (
          <div key={entry.key} class="rc-lane">
            <div class="rc-name">
              <b>{lanes[entry.key].name}</b>
              <span>{entry.description}</span>
              {entry.disguised && <span>This GPU is the CPU in disguise: a program computes what a card would.</span>}
            </div>
            <div class="rc-track">
              <Bar share={done / input.steps} />
            </div>
            <span class="rc-done">
              {done} of {input.steps} steps
            </span>
          </div>
        );
      })}
      <div class="rc-row">
        {canPlay && (
          <button type="button" onClick={play}>
            Replay the race
          </button>
        )}
        <span class="soft">
          {finish === 0
            ? "No device has run all steps."
            : `${duration(shown)} after the first step${at.value === undefined ? ", when the fastest is through" : ""}. Start and compilation are not in it${speed > 1 ? `; replayed ${speed.toFixed(1)} times as fast` : ""}.`}
        </span>
      </div>
    </div>
  );
}
