import { UNIT_OF_QUANTITY, unitSymbol, type Quantity } from '../measurand/quantities';
import { formatNumber } from './number';
import { chooseScale, type Scale, type ScaleRule } from './scale';

const EXACT: ScaleRule = { digitsMax: 9, significant: 5, decimalsMax: 3, prefixes: false };
const VOLTS_AND_AMPERES: ScaleRule = { ...EXACT, digitsMax: 4, prefixes: true };
const POWER: ScaleRule = { ...EXACT, digitsMax: 3, prefixes: true };
/** An index is read to its last count: a prefix comes late, and decimals stay. */
const INDEX: ScaleRule = { digitsMax: 4, significant: 7, decimalsMax: 3, prefixes: true };
const RATIO: ScaleRule = { ...EXACT, significant: 4 };
const WHOLE: ScaleRule = { ...EXACT, decimalsMax: 0 };

/** How figures of a quantity are scaled for a table, where the exact figure is wanted. */
function scaleRule(quantity: Quantity): ScaleRule {
  switch (UNIT_OF_QUANTITY[quantity]) {
    case 'w':
    case 'var':
    case 'va':
    case 'ohm':
      return POWER;
    case 'wh':
    case 'varh':
    case 'vah':
      return INDEX;
    case 'v':
    case 'a':
      return VOLTS_AND_AMPERES;
    case 's':
      return WHOLE;
    case '':
      return RATIO;
    default:
      return EXACT;
  }
}

const HOURS: Scale = { prefix: '', factor: 3600, decimals: 1, digits: 4 };

/** The scale of figures of a quantity, of which the largest is `largest`; see [`chooseScale`]. */
export function scaleFor(
  quantity: Quantity,
  largest: number | null,
  decimals: number,
  inUse?: Scale,
): Scale {
  // Nobody reads a running time in thousands of seconds.
  if (quantity === 'operating_time') return HOURS;
  return chooseScale(largest, decimals, scaleRule(quantity), inUse);
}

/** The unit as people read it, with the prefix of its panel. */
export function unitText(quantity: Quantity, scale: Scale): string {
  return scale === HOURS ? 'h' : scale.prefix + unitSymbol(quantity);
}

/** The figure in its panel's scale, without unit; an en dash where there is none. */
export function figureText(value: number | null | undefined, scale: Scale, locale: string): string {
  return formatNumber((value ?? Number.NaN) / scale.factor, scale.decimals, locale);
}
