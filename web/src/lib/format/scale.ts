/**
 * How the figures of one panel are written: an engineering prefix and a number of decimals, the
 * same for all of them, chosen once for the largest.
 */
export interface Scale {
  prefix: '' | 'k' | 'M' | 'G';
  /** What one prefixed unit is worth: 1 000 for `k`. */
  factor: number;
  decimals: number;
  /** Digits before the point of the largest figure. */
  digits: number;
}

/** Whole units without a prefix. */
export const UNSCALED: Scale = { prefix: '', factor: 1, decimals: 0, digits: 1 };

/** How a kind of figure is scaled. */
export interface ScaleRule {
  /** Digits before the point at which the next prefix is taken. */
  digitsMax: number;
  /** Figures that the largest value shows in all, if the register has them. */
  significant: number;
  /** Decimals beyond which nobody reads. */
  decimalsMax: number;
  prefixes: boolean;
}

const PREFIXES = [
  { prefix: '', exponent: 0 },
  { prefix: 'k', exponent: 3 },
  { prefix: 'M', exponent: 6 },
  { prefix: 'G', exponent: 9 },
] as const;

/** Digits before the point up to which a scale in use is kept, so that it does not flicker. */
const KEPT_DIGITS_MAX = 4;

/**
 * The scale of a panel whose largest figure is `largest` and whose registers have
 * `registerDecimals` (of the unit without prefix). A scale already in use is kept while it still
 * gives 1 to 4 digits before the point and no more than a digit came or went.
 */
export function chooseScale(
  largest: number | null,
  registerDecimals: number,
  rule: ScaleRule,
  inUse?: Scale,
): Scale {
  const size = largest !== null && Number.isFinite(largest) ? Math.abs(largest) : 0;
  const fresh = freshScale(size, registerDecimals, rule);
  return inUse && mayStay(inUse, fresh, size) ? inUse : fresh;
}

function freshScale(size: number, registerDecimals: number, rule: ScaleRule): Scale {
  const usable = rule.prefixes ? PREFIXES : PREFIXES.slice(0, 1);
  let scale: Scale = UNSCALED;
  for (const { prefix, exponent } of usable) {
    const factor = 10 ** exponent;
    const available = Math.min(registerDecimals + exponent, rule.decimalsMax);
    const decimalsFor = (value: number) =>
      clamp(rule.significant - digitsBefore(value), 0, available);
    // Rounding can add a digit (999.95 to 1 000.0), so what is judged is the rounded figure.
    const rounded = round(size / factor, decimalsFor(size / factor));
    const digits = digitsBefore(rounded);
    scale = { prefix, factor, decimals: decimalsFor(rounded), digits };
    if (digits <= rule.digitsMax) break;
  }
  return scale;
}

function mayStay(inUse: Scale, fresh: Scale, size: number): boolean {
  const digits = digitsBefore(round(size / inUse.factor, inUse.decimals));
  if (digits > KEPT_DIGITS_MAX) return false;
  if (inUse.factor > 1 && size < inUse.factor) return false;
  return fresh.factor !== inUse.factor || Math.abs(fresh.decimals - inUse.decimals) <= 1;
}

/** Figures that a gauge shows in all: it is read from three metres. */
const GLANCE_FIGURES = 4;

/** The same scale with no more decimals than one takes in at a glance. */
export function atAGlance(scale: Scale): Scale {
  return { ...scale, decimals: clamp(GLANCE_FIGURES - scale.digits, 0, scale.decimals) };
}

/** Digits that a figure has before its point; 1 for everything below 10. */
function digitsBefore(value: number): number {
  return value < 10 ? 1 : Math.floor(Math.log10(value) + 1e-12) + 1;
}

function round(value: number, decimals: number): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
