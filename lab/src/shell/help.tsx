import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { isTeaching } from "../state/selection.ts";
import { areKeysOn, isHelpOpen, shortcuts } from "./keys.ts";

/** Keys and modes: a panel beside the page, not a dialogue over it. */
export function Help() {
  if (!isHelpOpen.value) return null;
  return (
    <aside class="help" id="help" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {shortcuts.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Switch setting={areKeysOn}>single-key shortcuts</Switch>
      <Switch setting={isTeaching}>teacher’s mode: large type, steps that appear one by one</Switch>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          isHelpOpen.value = false;
        }}
      >
        Close
      </button>
    </aside>
  );
}

function Switch({ setting, children }: { readonly setting: Signal<boolean>; readonly children: ComponentChildren }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={setting.value}
        onChange={({ currentTarget }) => {
          setting.value = currentTarget.checked;
        }}
      />
      {children}
    </label>
  );
}
