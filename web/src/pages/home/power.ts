/** Power of now: which of it may be shown, and what several supplies come to. */
import type { Point } from '$lib/api/types';
import type { Freshness, LiveReadings } from '$lib/live';

export interface Power {
  /** In W; `null` where there is none to show. */
  value: number | null;
  freshness: Freshness;
}

/**
 * The power of a circuit. What a silent device said last is no power of now, so there is none to
 * show (MON-05); when only the stream to the server broke, the last one stays, dimmed (NFR-10).
 */
export function powerOf(live: LiveReadings, point: Point): Power {
  const reading = live.latest(point.id, 'p_w');
  if (!reading) {
    return { value: null, freshness: live.answers(point.device ?? null) ? 'live' : 'lost' };
  }
  const freshness = live.freshness(point.id, 'p_w');
  const isWithheld = freshness === 'lost' && live.state !== 'lost';
  return { value: isWithheld ? null : reading.value, freshness };
}

/**
 * What all supplies together bring: a sum only where each has a value, and current only where each
 * of these is. A device that answers that it has no value says nothing about now.
 */
export function sumUp(
  supplies: readonly Point[],
  of: (point: Point) => Power,
): { value: number | null; answering: number; isCurrent: boolean } {
  const powers = supplies.map(of);
  const values = powers.map(({ value }) => value).filter((value) => value !== null);
  const answering = powers.filter(
    ({ value, freshness }) => value !== null && freshness === 'live',
  ).length;
  const isWhole = values.length > 0 && values.length === powers.length;
  return {
    value: isWhole ? values.reduce((total, value) => total + value, 0) : null,
    answering,
    isCurrent: isWhole && answering === powers.length,
  };
}
