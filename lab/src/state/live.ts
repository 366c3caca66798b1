/** What the one polite live region says: started, epoch ended, finished, stopped, an error. */
import { signal } from "@preact/signals";

export const saying = signal("");

export function say(text: string): void {
  saying.value = text;
}
