import { describe, expect, test } from 'vitest';
import { pointWith } from './fake_plant';
import { chosenTab, shownQuantities, tabsOf } from './tabs';

const tabsWith = (quantities: string[], network = quantities, kind = 'circuit') =>
  tabsOf(pointWith(quantities, { kind }), pointWith(network));
const namesOf = (...quantities: string[]) => tabsWith(quantities).map(({ name }) => name);

describe('MON-30 the tabs of a point', () => {
  test('MON-03 are those that its device can feed, in the order of the manual', () => {
    expect(namesOf('ea_import_wh', 'p_w', 'i1_a', 'u12_v', 'thd_i1_pct', 'thd_v1_pct')).toEqual([
      'network',
      'network-quality',
      'synthesis',
      'voltage-current',
      'power',
      'energy',
      'quality',
    ]);
  });

  test('MON-28 take the analysis of the network from the point that feeds the circuit', () => {
    const names = tabsWith(['v1_v', 'p_w', 'thd_v1_pct'], ['v1_v', 'harmonic_v1_5_pct']).map(
      ({ group, name }) => `${group} ${name}`,
    );
    expect(names.slice(0, 3)).toEqual([
      'network network',
      'network network-quality',
      'load synthesis',
    ]);
    expect(tabsWith(['p_w', 'thd_v1_pct'], ['v1_v']).map(({ name }) => name)).toEqual([
      'network',
      'synthesis',
      'power',
    ]);
  });

  test('PLT-13 leave out what has no value at all', () => {
    expect(namesOf('ea_import_wh')).toEqual(['energy']);
    expect(namesOf('ea_import_wh', 'harmonic_i1_5_pct')).toEqual(['energy', 'quality']);
    expect(namesOf('mystery_unit')).toEqual([]);
  });

  test('have no load to analyse where the point is a network', () => {
    const tabs = tabsWith(['v1_v', 'u12_v', 'frequency_hz', 'thd_v1_pct'], undefined, 'network');
    expect(tabs.map(({ name, title }) => `${name} ${title}`)).toEqual([
      'network monitor.tab.synthesis',
      'voltage-current monitor.tab.voltage',
      'network-quality monitor.tab.quality',
    ]);
    expect(new Set(tabs.map(({ group }) => group))).toEqual(new Set(['network']));
  });

  test('call U/I by its voltages where nothing measures a current', () => {
    const tab = tabsWith(['v1_v', 'ea_import_wh']).find(({ name }) => name === 'voltage-current');
    expect(tab?.title).toBe('monitor.tab.voltage');
  });

  test('fall back to the first of the load when the address names one that this point has not', () => {
    const tabs = tabsWith(['p_w', 'v1_v', 'ea_import_wh']);
    expect(chosenTab(tabs, 'energy')?.name).toBe('energy');
    expect(chosenTab(tabs, 'network')?.name).toBe('network');
    expect(chosenTab(tabs, 'quality')?.name).toBe('synthesis');
    expect(chosenTab(tabs, undefined)?.name).toBe('synthesis');
    expect(chosenTab([], 'power')).toBeUndefined();
  });
});

describe('what the stream is asked for', () => {
  const point = pointWith([
    'i1_a',
    'i1_max_a',
    'v1_v',
    'thd_i1_pct',
    'harmonic_i1_5_pct',
    'p_w',
    'power_factor',
    'power_factor_type',
    'ea_import_partial_t1_wh',
    'partial_reset_at',
  ]);
  const asked = (name: string) => {
    const tab = chosenTab(tabsOf(point, point), name);
    return tab && shownQuantities(point, tab);
  };

  test('is what the open tab shows', () => {
    expect(asked('voltage-current')).toEqual(['i1_a', 'i1_max_a', 'v1_v']);
  });

  test('MON-22 holds single ranks only where they are drawn', () => {
    expect(asked('quality')).toEqual(['thd_i1_pct', 'harmonic_i1_5_pct']);
    expect(asked('synthesis')).not.toContain('harmonic_i1_5_pct');
  });

  test('MON-27 holds the sense that stands beside the power factor', () => {
    expect(asked('power')).toEqual(['p_w', 'power_factor', 'power_factor_type']);
  });

  test('MON-21 holds when the partial counters were reset', () => {
    expect(asked('energy')).toEqual(['ea_import_partial_t1_wh', 'partial_reset_at']);
  });
});
