/** How the figures of Home are written: to be read from three metres, so with one decimal at most. */
import { chooseScale, type Scale, type ScaleRule } from '$lib/format/scale';

const POWER: ScaleRule = { digitsMax: 3, significant: 4, decimalsMax: 1, prefixes: true };
const ENERGY: ScaleRule = { digitsMax: 4, significant: 4, decimalsMax: 1, prefixes: true };

export function powerScale(largest: number | null, inUse?: Scale): Scale {
  return chooseScale(largest, 0, POWER, inUse);
}

export function energyScale(largest: number | null): Scale {
  return chooseScale(largest, 0, ENERGY);
}
