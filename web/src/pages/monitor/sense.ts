import { UNSCALED } from '$lib/format';
import { instant, spell, type MeasurandRow, type Statistic } from '$lib/measurand';
import { isExtreme } from './columns';
import type { PointView } from './view.svelte';
import { senseText } from './words';

/**
 * What a power factor says besides its value: leading or lagging (MON-27), `''` while there is no
 * value to say it of; `null` for other quantities.
 */
export function senseOf(view: PointView, row: MeasurandRow, statistic: Statistic): string | null {
  if (row.quantity !== 'power_factor') return null;
  const cell = row.cells[statistic];
  const lasts = isExtreme(statistic);
  if (!cell || view.figure(cell, row.quantity, UNSCALED, lasts).value === null) return '';
  const code = { ...instant('power_factor_type', row.phase), statistic };
  return senseText(view.live.latest(view.point.id, spell(code))?.value) ?? '';
}
