import { formatNumber } from '$lib/format/number';
import { i18n, t } from '$lib/i18n/index.svelte';
import type { Counts } from './document';

/** "9 sources and 10 points", in the reader's language. */
export function countsText({ sources, points }: Counts): string {
  const number = (count: number) => formatNumber(count, 0, i18n.locale);
  return t('configuration.counts', {
    sources: t('configuration.sources', { count: sources, number: number(sources) }),
    points: t('configuration.points', { count: points, number: number(points) }),
  });
}
