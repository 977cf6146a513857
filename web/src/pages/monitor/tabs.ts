import type { PointDetail } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import { parseMeasurand, type Quantity } from '$lib/measurand';

/** Names of tabs as the address spells them. */
export type TabName = 'voltage-current' | 'power' | 'energy';

export interface Tab {
  name: TabName;
  title: MessageKey;
  /** What it shows, in the order of its table. */
  quantities: readonly Quantity[];
}

const VOLTAGE_CURRENT: Tab = {
  name: 'voltage-current',
  title: 'monitor.tab.voltage_current',
  quantities: [
    'i',
    'i_unbalance_amp',
    'i_unbalance_neg',
    'i_positive_seq',
    'i_negative_seq',
    'i_zero_seq',
    'u',
    'u_unbalance_amp',
    'u_unbalance_neg',
    'v',
    'v_unbalance_amp',
    'v_unbalance_neg',
    'frequency',
  ],
};

const POWER: Tab = {
  name: 'power',
  title: 'monitor.tab.power',
  quantities: [
    'p',
    'p_import',
    'p_export',
    'q',
    'q_plus',
    'q_minus',
    'q_lagging',
    'q_leading',
    's',
    's_nominal',
    'power_factor',
    'cos_phi',
    'tan_phi',
  ],
};

const ENERGY: Tab = {
  name: 'energy',
  title: 'monitor.tab.energy',
  quantities: [
    'ea_import',
    'ea_export',
    'er_plus',
    'er_minus',
    'er_plus_lagging',
    'er_plus_leading',
    'er_minus_lagging',
    'er_minus_leading',
    'es',
    'operating_time',
  ],
};

/** The analyses of a point, in the order of the manual (MON-03). */
const TABS = [VOLTAGE_CURRENT, POWER, ENERGY];

/** The name of U/I for a point without currents, such as the network of a voltage module. */
const VOLTAGE: Tab = { ...VOLTAGE_CURRENT, title: 'monitor.tab.voltage' };

/** The tabs that the point's device can feed; a tab without a value would be a dead one (PLT-13). */
export function tabsOf(point: PointDetail): Tab[] {
  const stems = new Set(
    point.quantities.flatMap(({ quantity }) => parseMeasurand(quantity)?.quantity ?? []),
  );
  return TABS.filter(({ quantities }) => quantities.some((quantity) => stems.has(quantity))).map(
    (tab) => (tab === VOLTAGE_CURRENT && !stems.has('i') ? VOLTAGE : tab),
  );
}

/** The tab of that name among `tabs`, or the first where the point has none of that name. */
export function chosenTab(tabs: readonly Tab[], name: string | undefined): Tab | undefined {
  return tabs.find((tab) => tab.name === name) ?? tabs[0];
}

/** Codes that are shown beside another value and have no line of their own. */
const BESIDE: Partial<Record<Quantity, Quantity>> = { power_factor: 'power_factor_type' };

/** The spellings that a tab shows of a point: what the live stream is asked for. */
export function shownQuantities(point: PointDetail, tab: Tab): string[] {
  const stems = new Set<Quantity>(tab.quantities);
  for (const quantity of tab.quantities) {
    const code = BESIDE[quantity];
    if (code) stems.add(code);
  }
  if (tab.name === 'energy') stems.add('partial_reset_at');
  return point.quantities
    .map(({ quantity }) => quantity)
    .filter((spelling) => {
      const measurand = parseMeasurand(spelling);
      return measurand !== null && measurand.rank === null && stems.has(measurand.quantity);
    });
}
