import type { Point } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import { measurandRows, parseAll, type MeasurandRow, type Quantity } from '$lib/measurand';

/** The figures by which a point is known in a list. */
export type HeadlineName = 'power' | 'current' | 'voltage';

interface Headline {
  name: HeadlineName;
  title: MessageKey;
  quantities: readonly Quantity[];
}

export const HEADLINES: readonly Headline[] = [
  { name: 'power', title: 'quantity.p', quantities: ['p'] },
  { name: 'current', title: 'quantity.i', quantities: ['i'] },
  { name: 'voltage', title: 'monitor.pick.voltage', quantities: ['u', 'v'] },
];

/** Of each headline the one row that stands for the point: its total or mean, else its first phase. */
export function headlinesOf(point: Point): Partial<Record<HeadlineName, MeasurandRow>> {
  const values = parseAll(point.headlines);
  const found: Partial<Record<HeadlineName, MeasurandRow>> = {};
  for (const { name, quantities } of HEADLINES) {
    const rows = measurandRows(values, quantities).filter(({ cells }) => cells.instant);
    const whole = rows.find(({ phase }) => phase === 'total' || phase === 'sys');
    const row = whole ?? rows[0];
    if (row) found[name] = row;
  }
  return found;
}
