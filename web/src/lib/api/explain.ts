import { i18n, t } from '$lib/i18n/index.svelte';
import type { Failure } from './client';

/** Why a request failed, in the reader's language; the server's own words for a code that is new. */
export function explain(failure: Failure): string {
  return i18n.textOf(`failure.${failure.code}`, failure.message);
}

/** What is wrong with a document that was refused: each mistake with its place in it. */
export function mistakes(failure: Failure): string[] {
  const found: unknown = failure.problem?.mistakes;
  if (!Array.isArray(found)) return failure.problem?.detail ? [failure.problem.detail] : [];
  return found.map((one: { path?: string; problem?: string }) =>
    t('failure.mistake', { path: one.path ?? '', problem: one.problem ?? '' }),
  );
}
