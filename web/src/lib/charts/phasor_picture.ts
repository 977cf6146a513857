import type { Freshness } from '$lib/live';

/** One arrow of a phasor diagram. */
export interface PhasorVector {
  /** `v1`, `u12`, `i3`. */
  key: string;
  kind: 'voltage' | 'current';
  symbol: { base: string; sub: string };
  colour: string;
  /** Of the full length of its kind; `null` while there is nothing to draw. */
  share: number | null;
  degrees: number | null;
  /** As written: "231.4 V" and "−120.1°". */
  figure: string;
  angle: string;
  /** Its angle rests on what is usual: drawn dashed. */
  isAssumed: boolean;
  freshness: Freshness;
}

/** An arrow without figures, drawn where a conductor's current is not measured but follows. */
export interface AssumedVector {
  key: string;
  colour: string;
  share: number;
  degrees: number;
}

/** What a phasor diagram shows, with the words around it. */
export interface PhasorPicture {
  vectors: readonly PhasorVector[];
  assumed: readonly AssumedVector[];
  /** Line voltages only: the rays of the virtual star are drawn instead of a triangle. */
  isThreeWire: boolean;
  /** What a full arrow is worth, by kind: "230 V", "94.8 A". */
  fullVoltage: string | null;
  fullCurrent: string | null;
  /** Where the angles come from. */
  note: string;
  /** The whole picture in a sentence. */
  spoken: string;
}
