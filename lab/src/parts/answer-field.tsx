/** A question of the report, and where it is answered. */
import { useId } from "preact/hooks";
import { answer, answers } from "../state/answers.ts";
import { type QuestionName, questions } from "../state/questions.ts";

/** What is written here stands in the report of the last station, too. */
export function AnswerField({ name }: { readonly name: QuestionName }) {
  const id = useId();
  return (
    <div class="answer-field">
      <label for={id}>{questions[name]}</label>
      <textarea
        id={id}
        rows={3}
        value={answers.value[name] ?? ""}
        onInput={({ currentTarget }) => answer(name, currentTarget.value)}
      />
    </div>
  );
}
