/** What a student answers: a question of each station, and the answers that a browser has kept. */

/** By the name of the station. */
export const questions = {
  see: "Which maps of the second layer follow the strokes of this digit, and which stay silent? Try two digits.",
  "receptive-fields": "How many pixels does a unit of the second convolution see, and why?",
  convolution: "Which kernel finds horizontal edges? Say what its nine weights do.",
  dense: "What does the network save by using the same kernel at every place?",
  build: "Which layer has most of the weights, and which most of the work? Guess first, then look.",
  train: "What do loss and accuracy do while the network trains, and how can you tell that it has learnt enough?",
  race: "When is the GPU faster than the CPU here, and when is it not?",
  predict: "Find a digit that is read wrongly. What speaks for the wrong answer?",
  inside: "Choose a map: what does it answer to? What changes when you edit its kernel?",
  why: "Where do two explanations of the same answer differ? Which one do you believe, and why?",
  applications: "What does the network say about empty paper, and what would you teach it to mend that?",
} as const;
export type QuestionName = keyof typeof questions;
export const questionNames = Object.keys(questions) as QuestionName[];

export type Answers = Readonly<Partial<Record<QuestionName, string>>>;

/** Answers that a text of the browser's store holds; what is no answer is left out. */
export function parseAnswers(text: string | null): Answers {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
  if (typeof stored !== "object" || stored === null) return {};
  return Object.fromEntries(
    questionNames.flatMap((name) => {
      const answer = (stored as Record<string, unknown>)[name];
      return typeof answer === "string" && answer !== "" ? [[name, answer]] : [];
    }),
  );
}
