import { t } from '$lib/i18n/index.svelte';
import type { MeasurandRow, Statistic } from '$lib/measurand';

/** Extremes carry the time at which they occurred, and last while their device is silent. */
export function isExtreme(statistic: Statistic): boolean {
  return statistic !== 'instant' && statistic !== 'average';
}

/** The heading of a column of figures. */
export function columnTitle(statistic: Statistic): string {
  return t(`monitor.column.${statistic}`);
}

/** Since when the extremes of these rows are: what devices keep, what the server does (MON-08). */
export function extremesText(rows: readonly MeasurandRow[]): string {
  const extremes = rows.flatMap(({ cells }) =>
    Object.entries(cells).filter(([statistic]) => isExtreme(statistic as Statistic)),
  );
  if (extremes.length === 0) return '';
  const n_server = extremes.filter(([, cell]) => cell.computed).length;
  if (n_server === 0) return t('monitor.extremes_device');
  return t(n_server === extremes.length ? 'monitor.extremes_server' : 'monitor.extremes_both');
}
