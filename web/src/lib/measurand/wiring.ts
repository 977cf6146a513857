/** How a network or load is wired: what its symbol draws. What can be measured on it the API says. */
export interface Wiring {
  name: string;
  /** "3P+N", as the plate beside the breaker says it. */
  label: string;
  phases: 1 | 2 | 3;
  neutral: boolean;
  /** One current sensor stands for all phases. */
  balanced: boolean;
}

const WIRINGS: readonly Wiring[] = [
  { name: '1p_n', label: '1P+N', phases: 1, neutral: true, balanced: false },
  { name: '2p', label: '2P', phases: 2, neutral: false, balanced: false },
  { name: '3p_balanced', label: '3P', phases: 3, neutral: false, balanced: true },
  { name: '3p', label: '3P', phases: 3, neutral: false, balanced: false },
  { name: '3p_n_balanced', label: '3P+N', phases: 3, neutral: true, balanced: true },
  { name: '3p_n', label: '3P+N', phases: 3, neutral: true, balanced: false },
];

/** The wiring of that name, or `null` where none is declared or a newer server says another. */
export function wiringOf(name: string | null): Wiring | null {
  return WIRINGS.find((wiring) => wiring.name === name) ?? null;
}
