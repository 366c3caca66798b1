/**
 * A formant synthesiser in small, after Klatt, "Software for a cascade/parallel formant synthesizer" (JASA 67, 1980): pulses of the glottis
 * and noise through resonators. Formants of vowels are the men's of Peterson and Barney, "Control methods used in a study of the
 * vowels" (JASA 24, 1952).
 */
import type { Random } from "../shared/random.ts";

export interface Voice {
  /** Of the glottis, in Hz. */
  readonly pitch: number;
  /** Formants against those of the table: a short throat has higher ones. */
  readonly scale: number;
  /** Each formant besides: an accent. */
  readonly accent: readonly [number, number, number];
  /** How fast it speaks. */
  readonly speed: number;
  /** Share of noise in vowels. */
  readonly breath: number;
  /** Of the pitch, from the first to the last sound. */
  readonly fall: number;
}

export function drawVoice(random: Random): Voice {
  const pitch = 85 * 3 ** random.uniform();
  const accent = () => random.uniform(0.94, 1.06);
  return {
    pitch,
    scale: 0.82 + 0.0011 * pitch + random.uniform(-0.05, 0.08),
    accent: [accent(), accent(), accent()],
    speed: random.uniform(0.75, 1.6),
    breath: random.uniform(0.01, 0.12),
    fall: random.uniform(0.75, 1.1),
  };
}

interface Phone {
  /** Formants in Hz. */
  readonly formants: readonly [number, number, number];
  /** Loudness of the glottis. */
  readonly voiced: number;
  /** Loudness of noise, and the band it is in, in Hz. */
  readonly noise: number;
  readonly band: number;
  readonly milliseconds: number;
  /** Silence before it, of stops. */
  readonly closure?: number;
}

const vowel = (f1: number, f2: number, f3: number, milliseconds = 130): Phone => ({
  formants: [f1, f2, f3],
  voiced: 1,
  noise: 0,
  band: 1500,
  milliseconds,
});
const consonant = (formants: Phone["formants"], rest: Omit<Phone, "formants">): Phone => ({ formants, ...rest });

const phones: Readonly<Record<string, Phone>> = {
  iy: vowel(270, 2290, 3010),
  ih: vowel(390, 1990, 2550, 90),
  eh: vowel(530, 1840, 2480),
  aa: vowel(730, 1090, 2440),
  ah: vowel(640, 1190, 2390, 110),
  ao: vowel(570, 840, 2410, 150),
  ow: vowel(480, 880, 2400),
  uw: vowel(300, 870, 2240, 140),
  r: vowel(330, 1060, 1380, 80),
  w: vowel(290, 610, 2150, 80),
  n: consonant([280, 1250, 2500], { voiced: 0.35, noise: 0, band: 1500, milliseconds: 90 }),
  v: consonant([280, 1100, 2100], { voiced: 0.35, noise: 0.05, band: 2500, milliseconds: 70 }),
  z: consonant([280, 1600, 2500], { voiced: 0.3, noise: 0.25, band: 3600, milliseconds: 90 }),
  s: consonant([280, 1600, 2500], { voiced: 0, noise: 0.4, band: 3600, milliseconds: 120 }),
  f: consonant([280, 1100, 2100], { voiced: 0, noise: 0.12, band: 2500, milliseconds: 110 }),
  th: consonant([280, 1400, 2500], { voiced: 0, noise: 0.08, band: 3200, milliseconds: 100 }),
  t: consonant([300, 1700, 2600], { voiced: 0, noise: 0.4, band: 3200, milliseconds: 35, closure: 50 }),
  k: consonant([300, 1500, 2300], { voiced: 0, noise: 0.35, band: 1800, milliseconds: 35, closure: 55 }),
};

/** A second-order filter that rings at a frequency. */
class Resonator {
  #last = 0;
  #before = 0;

  next(x: number, frequency: number, bandwidth: number, rate: number): number {
    const radius = Math.exp((-Math.PI * bandwidth) / rate);
    const b = 2 * radius * Math.cos((2 * Math.PI * frequency) / rate);
    const c = -radius * radius;
    const y = (1 - b - c) * x + b * this.#last + c * this.#before;
    this.#before = this.#last;
    this.#last = y;
    return y;
  }
}

/** @param names of phones, in their order @param rate samples in a second */
export function speak(names: readonly string[], voice: Voice, rate: number, random: Random): Float32Array {
  const parts = names.map((name) => {
    const phone = phones[name]!;
    const share = random.uniform(0.85, 1.15) / voice.speed;
    const samples = (milliseconds: number) => Math.round((milliseconds * share * rate) / 1000);
    return { phone, closure: samples(phone.closure ?? 0), length: samples(phone.milliseconds) };
  });
  const total = parts.reduce((sum, { closure, length }) => sum + closure + length, 0);
  const out = new Float32Array(total);
  const resonators = [new Resonator(), new Resonator(), new Resonator()];
  const hiss = new Resonator();
  // Everything moves towards its target in about 20 milliseconds, as tongue and lips do.
  const ease = 1 - Math.exp(-1 / (0.02 * rate));
  const now = { formants: [...parts[0]!.phone.formants] as number[], voiced: 0, noise: 0, band: parts[0]!.phone.band };
  let [phase, tilt, at] = [0, 0, 0];
  for (const { phone, closure, length } of parts)
    for (let i = 0; i < closure + length; i++, at++) {
      const isClosed = i < closure;
      now.voiced += ease * ((isClosed ? 0 : phone.voiced) - now.voiced);
      now.noise += 3 * ease * ((isClosed ? 0 : phone.noise) - now.noise);
      now.band += ease * (phone.band - now.band);
      phone.formants.forEach((target, k) => {
        now.formants[k]! += ease * (target * voice.scale * voice.accent[k]! - now.formants[k]!);
      });
      phase += (voice.pitch * (1 + (voice.fall - 1) * (at / total)) * (1 + 0.01 * random.normal())) / rate;
      let pulse = 0;
      if (phase >= 1) {
        phase -= 1;
        pulse = 1;
      }
      // The glottis falls by 12 decibels an octave, and lips give back 6.
      tilt = 0.9 * tilt + pulse;
      let y = now.voiced * (tilt - 0.3 + voice.breath * random.normal());
      resonators.forEach((resonator, k) => {
        y = resonator.next(y, Math.min(now.formants[k]!, 0.48 * rate), [80, 110, 160][k]!, rate);
      });
      const noise = hiss.next(random.normal(), Math.min(now.band * voice.scale, 0.47 * rate), 900, rate);
      out[at] = y + 1.5 * now.noise * noise;
    }
  return out;
}
