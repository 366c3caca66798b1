import type { ComponentChildren } from "preact";

export interface NoticeProps {
  readonly kind: "error" | "info";
  readonly children: ComponentChildren;
  /** What can be done about it. */
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

/** What went wrong or should be known, where it matters, with the next step as a button. */
export function Notice({ kind, children, action }: NoticeProps) {
  return (
    <div class={`notice-box notice-${kind}`} role={kind === "error" ? "alert" : "note"}>
      <p>{children}</p>
      {action !== undefined && (
        <button type="button" class="quiet" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  );
}
