/** A layer as a card: its options, what follows from them, and what is wrong with it. */
import { useId } from "preact/hooks";
import { fileSize, grouped } from "../../base/numbers.ts";
import { Choice } from "../../parts/choice.tsx";
import { type Card, checkValue, type Field, fieldsOf, shapeText } from "./state.ts";
import type { CardFacts } from "./tasks.ts";

export interface CardViewProps {
  readonly card: Card;
  readonly at: number;
  readonly isLast: boolean;
  readonly facts: CardFacts | undefined;
  readonly fault: string | undefined;
  readonly onChange: (card: Card) => void;
  readonly onMove: (by: -1 | 1) => void;
  readonly onCopy: () => void;
  readonly onRemove: () => void;
}

export function CardView({ card, at, isLast, facts, fault, onChange, onMove, onCopy, onRemove }: CardViewProps) {
  const name = `${card.className}, layer ${at + 1}`;
  const set = (field: Field, value: unknown) => {
    const good = checkValue(field, value);
    if (good !== undefined) onChange({ ...card, options: { ...card.options, [field.name]: good } });
  };
  return (
    <li class={fault === undefined ? "build-card" : "build-card is-faulty"} aria-label={name}>
      <div class="build-card-head">
        <b>{card.className}</b>
        <span class="build-card-tools">
          <button
            type="button"
            class="tool"
            disabled={at === 0}
            aria-label={`Move up: ${name}`}
            onClick={() => onMove(-1)}
          >
            ↑
          </button>
          <button
            type="button"
            class="tool"
            disabled={isLast}
            aria-label={`Move down: ${name}`}
            onClick={() => onMove(1)}
          >
            ↓
          </button>
          <button type="button" class="tool" aria-label={`Copy: ${name}`} onClick={onCopy}>
            copy
          </button>
          <button type="button" class="tool" aria-label={`Delete: ${name}`} onClick={onRemove}>
            delete
          </button>
        </span>
      </div>
      {fieldsOf[card.className].length > 0 && (
        <div class="build-fields">
          {fieldsOf[card.className].map((field) =>
            field.kind === "choice" ? (
              <Choice
                key={field.name}
                label={field.title}
                value={String(card.options[field.name])}
                options={field.values.map((value) => [value, value])}
                onChange={(value) => set(field, value)}
              />
            ) : (
              <NumberField
                key={field.name}
                {...{ field }}
                value={Number(card.options[field.name])}
                onChange={(value) => set(field, value)}
              />
            ),
          )}
        </div>
      )}
      {facts !== undefined && (
        <p class="build-facts">
          {shapeText(facts.shape)} · {grouped(facts.parameters)} weights
          {facts.multiplyAdds ? ` · ${grouped(facts.multiplyAdds)} multiply-adds` : ""}
          {facts.field && ` · sees ${shapeText(facts.field)}`} · {fileSize(facts.bytes)}
        </p>
      )}
      {fault !== undefined && (
        <p class="build-fault" role="alert">
          {fault}
        </p>
      )}
    </li>
  );
}

interface NumberFieldProps {
  readonly field: Field & { readonly kind: "number" };
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ field: { title, min, max, step = 1 }, value, onChange }: NumberFieldProps) {
  const id = useId();
  return (
    <div class="choice">
      <label for={id}>{title}</label>
      <input
        {...{ id, min, max, step, value }}
        type="number"
        inputMode="decimal"
        title={`${min} … ${max}`}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
        // A number that the card did not take would stand above facts that are not its own.
        onBlur={({ currentTarget }) => {
          currentTarget.value = String(value);
        }}
      />
    </div>
  );
}
