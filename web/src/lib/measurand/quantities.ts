/** The units as a measurand's spelling ends with them; `''` where the unit is not spelled. */
export type UnitSuffix =
  | 'v'
  | 'a'
  | 'hz'
  | 'w'
  | 'var'
  | 'va'
  | 'wh'
  | 'varh'
  | 'vah'
  | 'pct'
  | 'deg'
  | 's'
  | 'ohm'
  | 'f'
  | '';

/**
 * What kinds of thing are measured: the first part of a measurand's spelling, with its unit.
 * The same list as `model::Quantity`: a test reads it there and compares.
 */
export const UNIT_OF_QUANTITY = {
  v: 'v',
  u: 'v',
  i: 'a',
  frequency: 'hz',
  p: 'w',
  p_import: 'w',
  p_export: 'w',
  q: 'var',
  q_plus: 'var',
  q_minus: 'var',
  q_lagging: 'var',
  q_leading: 'var',
  s: 'va',
  s_nominal: 'va',
  power_factor: '',
  power_factor_type: '',
  cos_phi: '',
  tan_phi: '',
  v_fund: 'v',
  u_fund: 'v',
  i_fund: 'a',
  p_fund: 'w',
  q_fund: 'var',
  s_fund: 'va',
  v_angle: 'deg',
  u_angle: 'deg',
  i_angle: 'deg',
  phi: 'deg',
  v_unbalance_neg: 'pct',
  u_unbalance_neg: 'pct',
  i_unbalance_neg: 'pct',
  v_unbalance_amp: 'pct',
  u_unbalance_amp: 'pct',
  i_unbalance_amp: 'pct',
  v_positive_seq: 'v',
  v_negative_seq: 'v',
  v_zero_seq: 'v',
  u_positive_seq: 'v',
  u_negative_seq: 'v',
  i_positive_seq: 'a',
  i_negative_seq: 'a',
  i_zero_seq: 'a',
  thd_v: 'pct',
  thd_u: 'pct',
  thd_i: 'pct',
  harmonic_v: 'pct',
  harmonic_u: 'pct',
  harmonic_i: 'pct',
  k_factor: '',
  crest_factor_v: '',
  crest_factor_u: '',
  crest_factor_i: '',
  ea_import: 'wh',
  ea_export: 'wh',
  er_plus: 'varh',
  er_minus: 'varh',
  er_plus_lagging: 'varh',
  er_minus_lagging: 'varh',
  er_plus_leading: 'varh',
  er_minus_leading: 'varh',
  es: 'vah',
  operating_time: 's',
  partial_reset_at: '',
  v_nominal: 'v',
  frequency_nominal: 'hz',
  insulation_resistance: 'ohm',
  leakage_capacitance: 'f',
  insulation_impedance: 'ohm',
  residual_current: 'a',
  locating_current: 'a',
  insulation_state: '',
  locating_injection: '',
  switch_position: '',
  ats_mode: '',
  ats_priority: '',
  ats_test: '',
  ats_network_type: '',
  switching_cycles: '',
  source_state: '',
  generator_start: '',
  integration_period: 's',
} as const satisfies Record<string, UnitSuffix>;

/** The stem of a quantity, such as `p` or `i_unbalance_amp`. */
export type Quantity = keyof typeof UNIT_OF_QUANTITY;

export const QUANTITIES = Object.keys(UNIT_OF_QUANTITY) as Quantity[];

/** The symbol that people read, by the suffix of the spelling. */
const UNIT_SYMBOLS: Record<UnitSuffix, string> = {
  v: 'V',
  a: 'A',
  hz: 'Hz',
  w: 'W',
  var: 'var',
  va: 'VA',
  wh: 'Wh',
  varh: 'varh',
  vah: 'VAh',
  pct: '%',
  deg: '°',
  s: 's',
  ohm: 'Ω',
  f: 'F',
  '': '',
};

export function unitSymbol(quantity: Quantity): string {
  return UNIT_SYMBOLS[UNIT_OF_QUANTITY[quantity]];
}
