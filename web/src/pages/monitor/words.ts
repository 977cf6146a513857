import { shortDuration } from '$lib/format';
import { t } from '$lib/i18n/index.svelte';
import type { Freshness } from '$lib/live';

/** Why figures are not to be trusted: the age of a stale one, the last time of a lost one. */
export interface Note {
  freshness: Freshness;
  text: string;
}

/** "42 s", "3 min": an amount of time in words. */
export function durationText(seconds: number): string {
  const { amount, unit } = shortDuration(seconds * 1000);
  return `${amount} ${t(`unit.${unit}`)}`;
}

/** "42 s old". */
export function ageText(seconds: number): string {
  return t('monitor.age', { age: durationText(seconds) });
}

/** A note in words, where no mark says what its text is about. */
export function noteText(note: Note | null): string | null {
  if (!note || note.freshness !== 'lost') return note?.text ?? null;
  return `${t('monitor.lost')} ${note.text || t('monitor.never_heard')}`;
}

/** The sense of a power factor by its code (MON-27); `null` where the device says "undefined". */
export function senseText(code: number | null | undefined): string | null {
  if (code === 1) return t('monitor.leading');
  return code === 2 ? t('monitor.lagging') : null;
}
