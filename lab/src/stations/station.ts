/** What a station is: one question, one thing to do, what to notice, the instrument, and two folds. */
import type { ComponentType } from "preact";

export interface Station {
  /** The heading; it may show what is computed. */
  readonly Headline: ComponentType;
  /** Two or three sentences. */
  readonly Question: ComponentType;
  /** The one thing to do. */
  readonly Task: ComponentType;
  /** Completes "Notice …". */
  readonly Notice: ComponentType;
  readonly Instrument: ComponentType;
  /** Under the fold "The maths". */
  readonly Maths?: ComponentType;
  /** Under the fold "The code". */
  readonly Code?: ComponentType;
}

/** What station.tsx of a station exports. */
export interface StationModule {
  readonly station: Station;
}
