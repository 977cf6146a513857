import type { Phase } from './measurand';
import type { Quantity } from './quantities';

/** The wiring types as the API spells them, with what one can measure on each. */
export interface Wiring {
  name: string;
  phases: 1 | 2 | 3;
  neutral: boolean;
  /** One sensor stands for all phases. */
  balanced: boolean;
}

const WIRINGS: Wiring[] = [
  { name: '1p_n', phases: 1, neutral: true, balanced: false },
  { name: '2p', phases: 2, neutral: false, balanced: false },
  { name: '3p_balanced', phases: 3, neutral: false, balanced: true },
  { name: '3p', phases: 3, neutral: false, balanced: false },
  { name: '3p_n_balanced', phases: 3, neutral: true, balanced: true },
  { name: '3p_n', phases: 3, neutral: true, balanced: false },
];

export function wiringOf(name: string | null): Wiring | null {
  return WIRINGS.find((wiring) => wiring.name === name) ?? null;
}

/**
 * Whether a value can exist on such a wiring. Three-wire networks have no V (MON-25); one phase
 * has nothing to sum, to average over or to be unbalanced with.
 */
export function exists(wiring: Wiring | null, quantity: Quantity, phase: Phase): boolean {
  if (!wiring) return true;
  const phaseNeutral = /^(v|thd_v|harmonic_v|crest_factor_v)(_|$)/.test(quantity);
  if (phaseNeutral && !wiring.neutral) return false;
  if (quantity === 'i' && wiring.balanced) return phase === '1' || phase === 'sys';
  if (phase === 'n') return wiring.neutral && wiring.phases > 1;
  if (wiring.phases === 3) return true;
  if (phase === 'sys' || /_unbalance_|_seq$/.test(quantity)) return false;
  if (wiring.phases === 2) return phase !== '3' && phase !== '23' && phase !== '31';
  return phase === '1' || phase === 'total';
}
