import { t } from '$lib/i18n/index.svelte';
import type { Phase } from './measurand';
import type { Quantity } from './quantities';

/** A symbol as it is drawn: a letter, with what stands below the line. */
export interface QuantitySymbol {
  base: string;
  sub: string;
}

/** The letters of the field, the same in every language; what is not here goes by its name. */
const SYMBOLS: Partial<Record<Quantity, string | readonly [base: string, sub: string]>> = {
  v: 'V',
  u: 'U',
  i: 'I',
  frequency: 'F',
  p: 'P',
  p_import: 'P+',
  p_export: 'P−',
  q: 'Q',
  q_plus: 'Q+',
  q_minus: 'Q−',
  q_lagging: ['Q', 'ind'],
  q_leading: ['Q', 'cap'],
  s: 'S',
  s_nominal: ['S', 'nom'],
  cos_phi: 'cos φ',
  tan_phi: 'tan φ',
  v_angle: 'θV',
  u_angle: 'θU',
  i_angle: 'θI',
  phi: 'φ',
  v_unbalance_amp: ['V', 'nba'],
  u_unbalance_amp: ['U', 'nba'],
  i_unbalance_amp: ['I', 'nba'],
  v_unbalance_neg: ['V', 'nb'],
  u_unbalance_neg: ['U', 'nb'],
  i_unbalance_neg: ['I', 'nb'],
  i_positive_seq: ['I', 'dir'],
  i_negative_seq: ['I', 'inv'],
  i_zero_seq: ['I', 'hom'],
  ea_import: 'Ea+',
  ea_export: 'Ea−',
  er_plus: 'Er+',
  er_minus: 'Er−',
  er_plus_lagging: ['Er+', 'ind'],
  er_plus_leading: ['Er+', 'cap'],
  er_minus_lagging: ['Er−', 'ind'],
  er_minus_leading: ['Er−', 'cap'],
  es: 'Es',
  insulation_resistance: ['R', 'f'],
  leakage_capacitance: ['C', 'f'],
  insulation_impedance: ['Z', 'c'],
  residual_current: ['I', 'Δn'],
  locating_current: ['I', 'L'],
};

/** The quantity in words: "Active power". */
export function quantityName(quantity: Quantity): string {
  return t(`quantity.${quantity}`);
}

/** The symbol with its phase, or `null` for what is known by its name alone. */
export function quantitySymbol(quantity: Quantity, phase: Phase): QuantitySymbol | null {
  const symbol =
    quantity === 'power_factor' ? t('quantity.power_factor.symbol') : SYMBOLS[quantity];
  if (symbol === undefined) return null;
  const [base, ending] = typeof symbol === 'string' ? [symbol, ''] : symbol;
  const whole = phase === 'total' || phase === 'any';
  return { base, sub: ending || (whole ? '' : phase) };
}

/** Quantities that belong to the whole and to no phase, so that "total" would say nothing. */
const WITHOUT_PHASE = /^(frequency|.*_unbalance_.*|.*_seq|.*_nominal|operating_time|e[ars]_.*|es)$/;

/** The phase in words as a table shows it: `L1`, `L1-L2`, `N`, "total"; `''` where there is none. */
export function phaseName(quantity: Quantity, phase: Phase): string {
  return phase === 'total' && WITHOUT_PHASE.test(quantity) ? '' : t(`phase.${phase}`);
}

/** "Current L1": quantity and phase, for those who hear it. */
export function spokenName(quantity: Quantity, phase: Phase): string {
  return `${quantityName(quantity)} ${phaseName(quantity, phase)}`.trim();
}

/** Whether it is one conductor, which has a colour of its own; pairs and totals have none. */
export function isConductor(phase: Phase): boolean {
  return phase === '1' || phase === '2' || phase === '3' || phase === 'n';
}

/** The CSS colour of a phase, neutral for what is no conductor. */
export function phaseColour(phase: Phase): string {
  return isConductor(phase) ? `var(--phase-${phase})` : 'var(--info)';
}
