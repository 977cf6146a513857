import { describe, expect, test } from 'vitest';
import { pointWith } from './fake_plant';
import { chosenTab, shownQuantities, tabsOf } from './tabs';

const namesOf = (...quantities: string[]) =>
  tabsOf(pointWith(quantities)).map(({ name, title }) => `${name} ${title}`);

describe('MON-30 the tabs of a point', () => {
  test('MON-03 are those that its device can feed, in the order of the manual', () => {
    expect(namesOf('ea_import_wh', 'p_w', 'i1_a')).toEqual([
      'voltage-current monitor.tab.voltage_current',
      'power monitor.tab.power',
      'energy monitor.tab.energy',
    ]);
  });

  test('PLT-13 leave out what has no value at all', () => {
    expect(namesOf('ea_import_wh', 'thd_i1_pct', 'harmonic_i1_5_pct')).toEqual([
      'energy monitor.tab.energy',
    ]);
    expect(namesOf('mystery_unit')).toEqual([]);
  });

  test('call U/I by its voltages where nothing measures a current', () => {
    expect(namesOf('v1_v', 'u12_v', 'frequency_hz')).toEqual([
      'voltage-current monitor.tab.voltage',
    ]);
  });

  test('fall back to the first when the address names one that this point has not', () => {
    const tabs = tabsOf(pointWith(['p_w', 'ea_import_wh']));
    expect(chosenTab(tabs, 'energy')?.name).toBe('energy');
    expect(chosenTab(tabs, 'voltage-current')?.name).toBe('power');
    expect(chosenTab(tabs, undefined)?.name).toBe('power');
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
    const tab = chosenTab(tabsOf(point), name);
    return tab && shownQuantities(point, tab);
  };

  test('is what the open tab shows', () => {
    expect(asked('voltage-current')).toEqual(['i1_a', 'i1_max_a', 'v1_v']);
  });

  test('MON-27 holds the sense that stands beside the power factor', () => {
    expect(asked('power')).toEqual(['p_w', 'power_factor', 'power_factor_type']);
  });

  test('MON-21 holds when the partial counters were reset', () => {
    expect(asked('energy')).toEqual(['ea_import_partial_t1_wh', 'partial_reset_at']);
  });
});
