import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export interface FoldProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Something that is opened by who wants it; it is made when it is opened. */
export function Fold({ title, children }: FoldProps) {
  const isOpen = useSignal(false);
  return (
    <details
      class="fold"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>{title}</summary>
      {isOpen.value && <div class="fold-body">{children}</div>}
    </details>
  );
}
