import { QUANTITIES, UNIT_OF_QUANTITY, type Quantity } from './quantities';

/** The conductor or pair of conductors that a value belongs to. */
export const PHASES = ['total', 'sys', 'any', '1', '2', '3', 'n', '12', '23', '31'] as const;
export type Phase = (typeof PHASES)[number];

/** Which of a device's counters of one energy is meant. */
export type CounterKind = 'total' | 'partial' | 'last_partial';

/** How a value stands to the instantaneous ones. */
export type Statistic = 'instant' | 'average' | 'minimum' | 'maximum' | 'min_avg' | 'max_avg';

/** What a value is. Its spelling is the `quantity` of the API. */
export interface Measurand {
  quantity: Quantity;
  phase: Phase;
  /** First and last harmonic rank; equal for a single one. */
  rank: { first: number; last: number } | null;
  counter: CounterKind;
  /** 1 to 8, or `null` for the sum over all tariffs. */
  tariff: number | null;
  statistic: Statistic;
}

/** What a spelling puts right behind the stem; a longer one comes first (`12` before `1`). */
const PHASE_SPELLINGS: [Phase, string][] = [
  ['sys', '_sys'],
  ['any', '_any'],
  ['12', '12'],
  ['23', '23'],
  ['31', '31'],
  ['1', '1'],
  ['2', '2'],
  ['3', '3'],
  ['n', 'n'],
  ['total', ''],
];

/** The longer endings come first, since `_max_avg` ends with `_avg`. */
const STATISTIC_SPELLINGS: [Statistic, string][] = [
  ['min_avg', '_min_avg'],
  ['max_avg', '_max_avg'],
  ['average', '_avg'],
  ['minimum', '_min'],
  ['maximum', '_max'],
  ['instant', ''],
];

/** Stems can be prefixes of one another (`p`, `p_import`): the longest is tried first. */
const STEMS = [...QUANTITIES].sort((a, b) => b.length - a.length);

/** Reads `u12_v`, `v_sys_avg_v`, `ea_import_partial_t1_wh`; `null` for what this page does not know. */
export function parseMeasurand(spelling: string): Measurand | null {
  for (const quantity of STEMS) {
    if (!spelling.startsWith(quantity)) continue;
    const measurand = parseRest(quantity, spelling.slice(quantity.length));
    if (measurand && spell(measurand) === spelling) return measurand;
  }
  return null;
}

function parseRest(quantity: Quantity, rest: string): Measurand | null {
  const unit = UNIT_OF_QUANTITY[quantity];
  if (unit !== '') {
    if (!rest.endsWith(`_${unit}`)) return null;
    rest = rest.slice(0, -unit.length - 1);
  }
  for (const [phase, spelled] of PHASE_SPELLINGS) {
    if (!rest.startsWith(spelled)) continue;
    const measurand = parseModifiers(quantity, phase, rest.slice(spelled.length));
    if (measurand) return measurand;
  }
  return null;
}

function parseModifiers(quantity: Quantity, phase: Phase, rest: string): Measurand | null {
  const found = STATISTIC_SPELLINGS.find(([, spelled]) => rest.endsWith(spelled));
  const [statistic, ending] = found ?? ['instant', ''];
  rest = rest.slice(0, rest.length - ending.length);
  const match =
    /^(?:_(?<first>\d+)(?:_(?<last>\d+))?)?(?:_(?<counter>partial|last_partial))?(?:_t(?<tariff>[1-8]))?$/.exec(
      rest,
    );
  if (!match?.groups) return null;
  const { first, last, counter, tariff } = match.groups;
  const rank = first ? { first: Number(first), last: Number(last ?? first) } : null;
  if (rank && rank.first > rank.last) return null;
  return {
    quantity,
    phase,
    rank,
    counter: (counter as CounterKind | undefined) ?? 'total',
    tariff: tariff ? Number(tariff) : null,
    statistic,
  };
}

/** The spelling of a measurand: what the API calls `quantity`. */
export function spell(measurand: Measurand): string {
  const { quantity, rank, counter, tariff } = measurand;
  const phase = PHASE_SPELLINGS.find(([phase]) => phase === measurand.phase)?.[1] ?? '';
  const statistic = STATISTIC_SPELLINGS.find(([name]) => name === measurand.statistic)?.[1] ?? '';
  const unit = UNIT_OF_QUANTITY[quantity];
  return [
    quantity,
    phase,
    rank ? `_${rank.first}` : '',
    rank && rank.last !== rank.first ? `_${rank.last}` : '',
    counter === 'total' ? '' : `_${counter}`,
    tariff ? `_t${tariff}` : '',
    statistic,
    unit ? `_${unit}` : '',
  ].join('');
}

/** The instantaneous value of a quantity on a phase. */
export function instant(quantity: Quantity, phase: Phase = 'total'): Measurand {
  return { quantity, phase, rank: null, counter: 'total', tariff: null, statistic: 'instant' };
}
