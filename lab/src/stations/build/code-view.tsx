/** The same network as code; the Python may be replaced by one's own. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useId } from "preact/hooks";
import { Notice } from "../../parts/notice.tsx";
import { copyText } from "../../parts/save.ts";
import { engine } from "../../state/engine.ts";
import { say } from "../../state/live.ts";
import type { Card } from "./state.ts";
import type { Description, Pasted } from "./tasks.ts";

export interface CodeViewProps {
  readonly description: Description;
  readonly onPaste: (cards: readonly Card[]) => void;
}

export function CodeView({ description, onPaste }: CodeViewProps) {
  const id = useId();
  const language = useSignal<"typescript" | "python">("typescript");
  /** What the visitor has written; undefined while it is the cards' own code. */
  const draft = useSignal<string | undefined>(undefined);
  const told = useSignal<{ readonly words: string; readonly isFault: boolean } | undefined>(undefined);
  const area = useSignal<HTMLTextAreaElement | null>(null);
  useSignalEffect(() => {
    if (language.value !== "python") draft.value = undefined;
  });
  const take = async () => {
    const input = draft.value ?? "";
    try {
      const pasted = (await engine.call("task", { station: "build", task: "paste", input })) as Pasted;
      if ("fault" in pasted) {
        told.value = { words: pasted.fault, isFault: true };
        select(area.value, pasted.line, pasted.column);
      } else {
        const left = pasted.ignored === 0 ? "" : ` ${pasted.ignored} other statements were left out.`;
        told.value = { words: `${pasted.cards.length} layers were read.${left}`, isFault: false };
        draft.value = undefined;
        onPaste(pasted.cards);
      }
      say(told.value.words);
    } catch (error) {
      told.value = { words: error instanceof Error ? error.message : String(error), isFault: true };
    }
  };
  const code = language.value === "python" ? description.python : description.typescript;
  return (
    <div class="build-code">
      <div class="build-languages">
        {(["typescript", "python"] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={language.value === name}
            onClick={() => {
              language.value = name;
              told.value = undefined;
            }}
          >
            {name === "python" ? "Python" : "TypeScript"}
          </button>
        ))}
        <button type="button" class="tool" onClick={() => void copyText(draft.value ?? code)}>
          copy
        </button>
      </div>
      {language.value === "typescript" ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
        <pre tabIndex={0}>
          <code>{code}</code>
        </pre>
      ) : (
        <>
          <label for={id} class="soft">
            Keras code: change it or paste over it, then make cards of it
          </label>
          <textarea
            id={id}
            ref={(element) => {
              area.value = element;
            }}
            rows={12}
            spellcheck={false}
            autocapitalize="off"
            value={draft.value ?? code}
            onInput={({ currentTarget }) => {
              draft.value = currentTarget.value;
              told.value = undefined;
            }}
          />
          <button type="button" class="main" disabled={draft.value === undefined} onClick={() => void take()}>
            Make cards of it
          </button>
        </>
      )}
      {told.value !== undefined && <Notice kind={told.value.isFault ? "error" : "info"}>{told.value.words}</Notice>}
    </div>
  );
}

/** Puts the cursor where something is wrong. */
function select(area: HTMLTextAreaElement | null, line: number | undefined, column = 1): void {
  if (area === null || line === undefined) return;
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  area.focus();
  area.setSelectionRange(start, start + 1);
}
