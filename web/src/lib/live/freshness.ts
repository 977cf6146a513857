/** How far a shown value may be trusted: as it is, dimmed with its age, or with a broken link. */
export type Freshness = 'live' | 'stale' | 'lost';

/** A value is stale when it missed this many of its polling periods. */
const STALE_PERIODS = 3;
/** Delivery takes time too; without this a value of a 1 s period would flicker on a slow line. */
const DELIVERY_S = 1;

export function freshness(
  age_s: number,
  period_s: number,
  link: { serverReached: boolean; deviceAnswers: boolean },
): Freshness {
  if (!link.serverReached || !link.deviceAnswers) return 'lost';
  return age_s > STALE_PERIODS * period_s + DELIVERY_S ? 'stale' : 'live';
}
