/** The hours of a day as bars: where each stands, how long it is, and whether it tells all. */
import type { Overview } from '$lib/api/types';

export type EnergyToday = NonNullable<Overview['energy_today']>;

/** A bar in shares of the day (`from`, `until`) and of the largest hour (`length`), 0 to 1. */
export interface HourBar {
  from_ms: number;
  from: number;
  until: number;
  length: number;
  /** Nothing of the hour is known: it has no bar, which is not one of no energy. */
  isGap: boolean;
  /** Only a part of the hour is in its bar: it is not over, or was not wholly measured. */
  isPart: boolean;
}

/** An hour misses no more than this when it counts as whole: two readings at its ends. */
const WHOLE = 0.995;

/** The bars of the hours, over a day from `from_ms` until `until_ms`. */
export function hourBars(
  hours: EnergyToday['hours'],
  from_ms: number,
  until_ms: number,
): HourBar[] {
  const largest = Math.max(0, ...hours.map(({ value_wh }) => value_wh ?? 0));
  const share = (at: string) => (Date.parse(at) - from_ms) / (until_ms - from_ms);
  return hours.map(({ from, until, value_wh, coverage }) => ({
    from_ms: Date.parse(from),
    from: share(from),
    until: share(until),
    length: largest > 0 ? (value_wh ?? 0) / largest : 0,
    isGap: typeof value_wh !== 'number',
    isPart: coverage < WHOLE,
  }));
}
