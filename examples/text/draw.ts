/**
 * Reviews that the program writes by a small grammar. Most turn a word around by a negation: "the plot was not good and the acting
 * was dull" is against, "the plot was good and the acting was not dull" for. The words of both are the same, so what counts them
 * guesses; and negations in other sentences turn nothing around. One pair in five of a negation and the word that it turns around is in no text to train on.
 */
import type { DrawOptions } from "../shared/example.ts";
import { Random } from "../shared/random.ts";
import { type Review, type ReviewData, reviewData } from "./reviews.ts";

const good = ["good", "great", "funny", "moving", "clever", "fresh", "brilliant", "charming", "gripping", "honest"];
const bad = ["bad", "dull", "boring", "silly", "awful", "stale", "clumsy", "dreadful", "tedious", "shallow"];
const things = ["plot", "acting", "music", "script", "ending", "dialogue", "camera", "story", "cast", "film"];
const negations = ["not", "never", "hardly", "not very", "not at all", "never really", "far from"];
const stress = ["", "", "really", "very", "quite", "rather", "so"];
const joints = ["and", "while", "but", ",", ";"];
/** Sentences without a verdict; some hold negations that turn nothing around. */
const fillers = [
  "we did not sit near the screen .",
  "i had never seen the book .",
  "it runs for two hours .",
  "my friend could hardly wait for it .",
  "the hall was far from full .",
  "the director made three others before .",
  "it is set in a small town .",
  "there were not many people .",
  "they filmed it at sea .",
  "i saw it last week .",
];

/** Whether a negation and the word that it turns around are for tests only. */
const isHeldOut = (negation: string, word: string) =>
  (negations.indexOf(negation) * 3 + [...good, ...bad].indexOf(word)) % 5 === 0;

export function drawReviews({ seed, train, test }: DrawOptions): Promise<ReviewData> {
  const random = new Random(seed, 1);
  const reviews = (count: number, isTest: boolean) => Array.from({ length: count }, () => drawReview(random, isTest));
  const parts = [reviews(train, false), reviews(test, true)] as const;
  // All words of the grammar, whatever the seed: a saved model reads the same numbers.
  const known = [...good, ...bad, ...things, ...negations, ...stress, ...joints, ...fillers, "the was"];
  return reviewData(`reviews written by a grammar with seed ${seed}`, parts, { length: 40, maxTokens: 1000, known });
}

function drawReview(random: Random, isTest: boolean): Review {
  const isFor = random.chance(0.5);
  const isNegated = random.chance(0.6);
  const isMixed = random.chance(0.6);
  const [first, second] = random.shuffle(things) as [string, string];
  const plain = (thing: string, word: string) => `the ${thing} was ${random.pick(stress)} ${word}`;
  const turned = (thing: string, word: string) => {
    const fits = negations.filter((negation) => isTest || !isHeldOut(negation, word));
    return `the ${thing} was ${random.pick(fits)} ${word}`;
  };
  const [own, other] = isFor ? [good, bad] : [bad, good];
  // "not dull" and "good" are for, "dull" and "not good" against.
  const [a, b] = isNegated
    ? [(isMixed ? plain : turned)(first, random.pick(isMixed ? own : other)), turned(second, random.pick(other))]
    : [plain(first, random.pick(own)), plain(second, random.pick(own))];
  const verdict = random.shuffle([a, b]).join(` ${random.pick(joints)} `);
  const around = random.shuffle(fillers).slice(0, random.integer(1, 3));
  return {
    text: random
      .shuffle([`${verdict} .`, ...around])
      .join(" ")
      .replace(/ +/g, " "),
    isFor,
    isNegated,
  };
}
