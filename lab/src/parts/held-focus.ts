/** Controls that come and go must not take the focus with them. */
import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

/**
 * Keeps the focus in an element: on its first control that can have it, when the one that had it is gone.
 *
 * @param state changes when the controls do
 */
export function useHeldFocus(box: RefObject<HTMLElement | null>, state: unknown): void {
  const last = useRef<Element | null>(null);
  useEffect(() => {
    const element = box.current;
    const remember = (event: FocusEvent) => {
      last.current = event.target as Element;
    };
    element?.addEventListener("focusin", remember);
    return () => element?.removeEventListener("focusin", remember);
  }, [state === undefined]);
  useLayoutEffect(() => {
    if (last.current === null || last.current.isConnected || document.activeElement !== document.body) return;
    box.current?.querySelector<HTMLElement>("button:enabled, input:enabled")?.focus();
  }, [state]);
}
