/** How the figures of Home are written: to be read from three metres, so with one decimal at most. */
import { formatNumber } from '$lib/format/number';
import { chooseScale, type Scale, type ScaleRule } from '$lib/format/scale';

const POWER: ScaleRule = { digitsMax: 3, significant: 4, decimalsMax: 1, prefixes: true };
const ENERGY: ScaleRule = { digitsMax: 4, significant: 4, decimalsMax: 1, prefixes: true };

export function powerScale(largest: number | null, inUse?: Scale): Scale {
  return chooseScale(largest, 0, POWER, inUse);
}

export function energyScale(largest: number | null): Scale {
  return chooseScale(largest, 0, ENERGY);
}

/** A share as per cent, rounded down: 99.96 % is not yet all, and a little is not nothing. */
export function percentText(share: number, locale: string): string {
  const tenths = Math.floor(share * 1000 + 1e-9) / 10;
  return tenths === 0 && share > 0
    ? `< ${formatNumber(0.1, 1, locale)}`
    : formatNumber(tenths, 1, locale);
}
