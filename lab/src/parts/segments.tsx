export interface SegmentsProps<T extends string | number> {
  readonly label: string;
  readonly options: readonly T[];
  /** Undefined: none of them. */
  readonly value: T | undefined;
  /** What an option is called; default: itself. */
  readonly nameOf?: (option: T) => string;
  readonly onChange: (option: T) => void;
  /** Why this setting is wrong, and how to mend it. */
  readonly fault?: string | undefined;
}

/** One of a few, as buttons side by side. */
export function Segments<T extends string | number>(props: SegmentsProps<T>) {
  const { label, options, value, nameOf = String, onChange, fault } = props;
  return (
    <div class="segments" role="group" aria-label={label}>
      <span class="segments-label" aria-hidden="true">
        {label}
      </span>
      <span class="segments-options">
        {options.map((option) => (
          <button key={option} type="button" aria-pressed={option === value} onClick={() => onChange(option)}>
            {nameOf(option)}
          </button>
        ))}
      </span>
      {fault !== undefined && (
        <span class="fault" role="alert">
          {fault}
        </span>
      )}
    </div>
  );
}
