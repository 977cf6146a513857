import { describe, expect, test } from 'vitest';
import type { PointDetail } from '$lib/api/types';
import { GaugeScales } from './gauge_scale';

type Gauges = Partial<PointDetail['gauges']>;

function scales(gauges: Gauges, nominal_frequency_hz: number | null = 50): GaugeScales {
  const quantities = ['p_w', 'p1_w', 'p2_w', 'p3_w'].map((quantity) => ({
    quantity,
    unit: 'W',
    decimals: 0,
    class: 'live' as const,
    computed: false,
  }));
  const none = { voltage_v: null, line_voltage_v: null, current_a: null, power_va: null };
  return new GaugeScales({ gauges: { ...none, ...gauges }, nominal_frequency_hz, quantities });
}

const POWER = { nominal: 75_000, full_scale: 90_000, basis: 'nominal' as const };

describe('the scale of a gauge', () => {
  test('MON-18 is the full scale of the circuit, with its nominal value', () => {
    const current = { nominal: 125, full_scale: 150, basis: 'nominal' as const };
    const scale = scales({ current_a: current }).of('i', '1', [94.8]);
    expect(scale).toMatchObject({ from: 0, to: 150, nominal: 125 });
  });

  test('MON-18 grows by steps of 1-2-5 where no nominal value is known, and stays there', () => {
    const gauges = scales({ current_a: { nominal: null, full_scale: 50, basis: 'seen' } });
    expect(gauges.of('i', '1', [38]).to).toBe(50);
    expect(gauges.of('i', '1', [63]).to).toBe(100);
    expect(gauges.of('i', '1', [2]).to).toBe(100);
    expect(gauges.of('i', '2', [2]).to).toBe(50);
  });

  test('MON-19 of one phase is a third of that of the whole', () => {
    expect(scales({ power_va: POWER }).of('p', 'total', [19_500]).to).toBe(90_000);
    expect(scales({ power_va: POWER }).of('p', '2', [6_500]).to).toBe(30_000);
  });

  test('has zero in its middle for reactive power and for what flowed back', () => {
    const gauges = scales({ power_va: POWER });
    expect(gauges.of('q', 'total', [4_700]).from).toBe(-90_000);
    gauges.watch('p', 'total', [19_500, 20_000]);
    expect(gauges.of('p', 'total', [19_500]).from).toBe(0);
    gauges.watch('p', '3', [-5_000]);
    expect(gauges.of('p', 'total', [19_500]).from).toBe(-90_000);
    expect(gauges.of('p', '1', [6_000]).from).toBe(-30_000);
  });

  test('lets a power jitter below zero without turning into one that flows back', () => {
    const gauges = scales({ power_va: POWER });
    gauges.watch('p', 'total', [-3]);
    expect(gauges.of('p', 'total', [-3]).from).toBe(0);
  });

  test('spreads a frequency around its nominal value', () => {
    expect(scales({}).of('frequency', 'total', [49.98])).toMatchObject({ from: 48, to: 52 });
    expect(scales({}, null).of('frequency', 'total', [49.98])).toMatchObject({ from: 0, to: 50 });
  });

  test('gives the neutral no nominal voltage', () => {
    const voltage = { nominal: 230, full_scale: 276, basis: 'nominal' as const };
    expect(scales({ voltage_v: voltage }).of('v', 'n', [1.2])).toMatchObject({
      to: 2,
      nominal: null,
    });
  });
});
