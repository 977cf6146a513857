/** The last hour of what comes in, for a server too young to have a day worth drawing. */
import { api, send, type Asking } from '$lib/api/client';
import type { Point } from '$lib/api/types';
import { sum, type Steps } from './day';

const STEP_S = 15;
const SPAN_MS = 3_600_000;
/** A curve over the whole day says nothing before some hours of it were seen. */
const YOUNG_MS = 3 * SPAN_MS;

/** Whether the history is so young that the last hour shows more than the day. */
export function isYoung(history_from_ms: number | null, now_ms: number): boolean {
  return history_from_ms !== null && now_ms - history_from_ms < YOUNG_MS;
}

/** From when the curve is drawn: an hour back, or since the first reading. */
export function recentSpan(history_from_ms: number, now_ms: number): { from: Date; until: Date } {
  const grid = STEP_S * 1000;
  const until = Math.floor(now_ms / grid) * grid;
  const from = Math.max(until - SPAN_MS, Math.floor(history_from_ms / grid) * grid);
  return { from: new Date(Math.min(from, until - grid)), until: new Date(until) };
}

export async function fetchRecent(
  supplies: readonly Point[],
  span: { from: Date; until: Date },
  asking: Asking,
): Promise<Steps | null> {
  const from = span.from.toISOString();
  const until = span.until.toISOString();
  const query = { quantity: 'p_w', from, until, step_s: STEP_S };
  const curves = await Promise.all(
    supplies.map(({ id }) =>
      send(
        api.GET('/api/v1/circuits/{id}/history', { params: { path: { id }, query }, ...asking }),
      ),
    ),
  );
  return sum(curves.map(({ step_s, values }) => ({ from, until, step_s, values })));
}
