import { t } from '$lib/i18n/index.svelte';
import type { Statistic } from '$lib/measurand';

/** Extremes carry the time at which they occurred, and last while their device is silent. */
export function isExtreme(statistic: Statistic): boolean {
  return statistic !== 'instant' && statistic !== 'average';
}

/** The heading of a column of figures. */
export function columnTitle(statistic: Statistic): string {
  return t(`monitor.column.${statistic}`);
}
