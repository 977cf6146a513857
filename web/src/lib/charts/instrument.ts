import type { Freshness } from '$lib/live';
import type { GaugeScale } from './gauge';

/**
 * What a gauge shows, as figures and as the texts beside them. The caller picks prefix, decimals
 * and words; the gauge only draws.
 */
export interface Instrument {
  /** Its name for those who hear it: "Current L1". */
  name: string;
  /** The symbol drawn, with what stands below the line: `I` and `1`. */
  symbol: { base: string; sub: string };
  /** The CSS colour of the filled part: a phase, or a neutral tone. */
  colour: string;
  scale: GaugeScale;
  /** In the unit of the scale; `null` where there is none. */
  value: number | null;
  average: number | null;
  minimum: number | null;
  maximum: number | null;
  /** The figures as written, without unit; an en dash where there is none. */
  figures: { value: string; average: string | null; from: string; to: string };
  unit: string;
  /** How much of the nominal value it is: "76 %". */
  percent: string | null;
  /** The nominal value as written: "125 A". */
  nominal: string | null;
  freshness: Freshness;
  /** Why the value is not to be trusted: its age, or when it was last heard. */
  note: string | null;
  /** The whole reading in words. */
  spoken: string;
}
