/**
 * Words that the program speaks itself: the digits by a formant synthesiser, in voices that differ in pitch, length of the throat, speed,
 * accent and breath, in rooms with noise. No voice to test on is among those to train on. They do not sound like people, and
 * replace no recording.
 */
import { Tensor } from "fovea";
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { drawVoice, speak, type Voice } from "./synthesiser.ts";
import { RATE, SAMPLES, type WordData, type WordSplit } from "./words.ts";

const words: Readonly<Record<string, string>> = {
  zero: "z ih r ow uw",
  one: "w ah n",
  two: "t uw",
  three: "th r iy",
  four: "f ao r",
  five: "f aa iy v",
  six: "s ih k s",
  seven: "s eh v ah n",
  eight: "eh iy t",
  nine: "n aa iy n",
};
const classNames = Object.keys(words);

/** Voices to train on, and to test on. */
const VOICES = [48, 16] as const;

export function drawWords({ seed, train, test }: DrawOptions): WordData {
  return {
    train: drawSplit(train, VOICES[0], new Random(seed, 1)),
    test: drawSplit(test, VOICES[1], new Random(seed, 2)),
    classNames,
    source: `digits spoken by a synthesiser with seed ${seed}, ${VOICES[0]} voices to train on and ${VOICES[1]} others`,
  };
}

function drawSplit(count: number, voices: number, random: Random): WordSplit {
  const speakers = Array.from({ length: voices }, () => drawVoice(random));
  const sounds = new Float32Array(count * SAMPLES);
  const labels = Int32Array.from({ length: count }, () => random.below(classNames.length));
  labels.forEach((label, row) => {
    sounds.set(drawSound(words[classNames[label]!]!, random.pick(speakers), random), row * SAMPLES);
  });
  return { sounds: new Tensor(sounds, [count, SAMPLES]), labels: new Tensor(labels, [count]) };
}

/** A word somewhere in a second, in a room. */
function drawSound(sounds: string, voice: Voice, random: Random): Float32Array {
  const spoken = speak(sounds.split(" "), voice, RATE, random);
  const clip = new Float32Array(SAMPLES);
  const room = SAMPLES - spoken.length;
  const start = room > 0 ? random.below(room) : 0;
  const power = Math.sqrt(spoken.reduce((sum, value) => sum + value * value, 0) / spoken.length);
  // 3 to 20 decibels below the word; a low hum or a hiss.
  const noise = power * 10 ** (-random.uniform(3, 20) / 20);
  const smooth = random.uniform(0, 0.95);
  const echo = random.integer(200, 900);
  const returned = random.uniform(0, 0.25);
  let low = 0;
  for (let i = 0; i < SAMPLES; i++) {
    low = smooth * low + Math.sqrt(1 - smooth * smooth) * random.normal();
    const back = i >= echo ? returned * clip[i - echo]! : 0;
    clip[i] = (spoken[i - start] ?? 0) + noise * low + back;
  }
  const loudest = clip.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const gain = random.uniform(0.2, 0.9) / loudest;
  return clip.map((value) => gain * value);
}
