/** The student's answers, kept in this browser. */
import { signal } from "@preact/signals";
import { type Answers, parseAnswers, type QuestionName } from "./questions.ts";

const KEY = "fovea-lab.answers";
const AUTHOR_KEY = "fovea-lab.author";

/** Undefined where the browser keeps nothing: reading the property may throw already. */
function storeOf(): Storage | undefined {
  try {
    const store = globalThis.localStorage;
    store.setItem(`${KEY}.probe`, "1");
    store.removeItem(`${KEY}.probe`);
    return store;
  } catch {
    return undefined;
  }
}

const store = storeOf();
/** Whether answers outlive the page. */
export const areKept = signal(store !== undefined);
export const answers = signal<Answers>(parseAnswers(store?.getItem(KEY) ?? null));
export const author = signal(store?.getItem(AUTHOR_KEY) ?? "");

function keep(key: string, text: string): void {
  try {
    store?.setItem(key, text);
  } catch {
    // The store is full: the page says that answers are not kept.
    areKept.value = false;
  }
}

export function answer(name: QuestionName, text: string): void {
  answers.value = { ...answers.value, [name]: text };
  keep(KEY, JSON.stringify(answers.value));
}

export function sign(name: string): void {
  author.value = name;
  keep(AUTHOR_KEY, name);
}
