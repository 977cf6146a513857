import type { PointDetail } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import { parseMeasurand, type Quantity } from '$lib/measurand';

/** Names of tabs as the address spells them. */
export type TabName =
  'network' | 'network-quality' | 'synthesis' | 'voltage-current' | 'power' | 'energy' | 'quality';

/** The two analyses of the manual (MON-03). */
export type TabGroup = 'network' | 'load';

export interface Tab {
  name: TabName;
  group: TabGroup;
  title: MessageKey;
  /** What it shows, in the order of its table. */
  quantities: readonly Quantity[];
  /** It exists where the device gives one of these; without, where it gives anything it shows. */
  needs?: readonly Quantity[];
}

const VOLTAGES: readonly Quantity[] = [
  'u',
  'u_unbalance_amp',
  'u_unbalance_neg',
  'v',
  'v_unbalance_amp',
  'v_unbalance_neg',
];

const NETWORK: Tab = {
  name: 'network',
  group: 'network',
  title: 'monitor.tab.synthesis',
  quantities: [...VOLTAGES, 'frequency', 'v_angle', 'u_angle'],
  needs: ['u', 'v'],
};

const NETWORK_QUALITY: Tab = {
  name: 'network-quality',
  group: 'network',
  title: 'monitor.tab.quality',
  quantities: ['thd_v', 'thd_u', 'crest_factor_v', 'crest_factor_u'],
  needs: ['thd_v', 'thd_u', 'harmonic_v', 'harmonic_u'],
};

const SYNTHESIS: Tab = {
  name: 'synthesis',
  group: 'load',
  title: 'monitor.tab.synthesis',
  quantities: [
    'v',
    'u',
    'i',
    'i_unbalance_amp',
    'v_angle',
    'u_angle',
    'i_angle',
    'phi',
    'p',
    'q',
    's',
    'power_factor',
    'cos_phi',
    'tan_phi',
    'frequency',
  ],
  needs: ['i', 'p'],
};

const VOLTAGE_CURRENT: Tab = {
  name: 'voltage-current',
  group: 'load',
  title: 'monitor.tab.voltage_current',
  quantities: [
    'i',
    'i_unbalance_amp',
    'i_unbalance_neg',
    'i_positive_seq',
    'i_negative_seq',
    'i_zero_seq',
    ...VOLTAGES,
    'frequency',
  ],
};

const POWER: Tab = {
  name: 'power',
  group: 'load',
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
  group: 'load',
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

const QUALITY: Tab = {
  name: 'quality',
  group: 'load',
  title: 'monitor.tab.quality',
  quantities: ['thd_i', 'k_factor', 'crest_factor_i'],
  needs: ['thd_i', 'harmonic_i', 'k_factor'],
};

/** The order of the manual (MON-03). */
const NETWORK_TABS = [NETWORK, NETWORK_QUALITY];
const LOAD_TABS = [SYNTHESIS, VOLTAGE_CURRENT, POWER, ENERGY, QUALITY];

/** The name of U/I for a point without currents, such as the network of a voltage module. */
const VOLTAGE: Tab = { ...VOLTAGE_CURRENT, group: 'network', title: 'monitor.tab.voltage' };

/**
 * The tabs that the point's device can feed, and those of the `network` whose voltages it takes;
 * a tab without a value would be a dead one (PLT-13). A network has no load to analyse.
 */
export function tabsOf(point: PointDetail, network: PointDetail): Tab[] {
  const isFed = (source: PointDetail) => {
    const stems = stemsOf(source);
    return ({ needs, quantities }: Tab) =>
      (needs ?? quantities).some((quantity) => stems.has(quantity));
  };
  const ofNetwork = NETWORK_TABS.filter(isFed(network));
  if (point.kind === 'network') {
    const [synthesis, ...others] = ofNetwork;
    return [...(synthesis ? [synthesis] : []), ...[VOLTAGE].filter(isFed(point)), ...others];
  }
  return [...ofNetwork, ...LOAD_TABS.filter(isFed(point))].map((tab) =>
    tab === VOLTAGE_CURRENT && !stemsOf(point).has('i')
      ? { ...VOLTAGE_CURRENT, title: VOLTAGE.title }
      : tab,
  );
}

function stemsOf(point: PointDetail): Set<Quantity> {
  return new Set(
    point.quantities.flatMap(({ quantity }) => parseMeasurand(quantity)?.quantity ?? []),
  );
}

/**
 * The tab of that name among `tabs`; where the point has none of that name, the first of its own:
 * one looks at a circuit for its load.
 */
export function chosenTab(tabs: readonly Tab[], name: string | undefined): Tab | undefined {
  return (
    tabs.find((tab) => tab.name === name) ?? tabs.find(({ group }) => group === 'load') ?? tabs[0]
  );
}

/** Codes that are shown beside another value and have no line of their own. */
const BESIDE: Partial<Record<Quantity, Quantity>> = { power_factor: 'power_factor_type' };

/** Ranks are many and slow: only the tabs that draw them ask for them. */
const RANKED: Partial<Record<TabName, readonly Quantity[]>> = {
  'network-quality': ['harmonic_v', 'harmonic_u'],
  quality: ['harmonic_i'],
};

/** The spellings that a tab shows of a point: what the live stream is asked for. */
export function shownQuantities(point: PointDetail, tab: Tab): string[] {
  const stems = new Set<Quantity>(tab.quantities);
  for (const quantity of tab.quantities) {
    const code = BESIDE[quantity];
    if (code) stems.add(code);
  }
  if (tab.name === 'energy') stems.add('partial_reset_at');
  const ranked = RANKED[tab.name] ?? [];
  return point.quantities
    .map(({ quantity }) => quantity)
    .filter((spelling) => {
      const measurand = parseMeasurand(spelling);
      if (measurand === null) return false;
      return measurand.rank === null
        ? stems.has(measurand.quantity)
        : ranked.includes(measurand.quantity);
    });
}
