import { render, screen } from '@testing-library/svelte';
import { beforeAll, describe, expect, test } from 'vitest';
import { i18n } from '$lib/i18n/index.svelte';
import ArcGauge from './ArcGauge.svelte';
import BarGauge from './BarGauge.svelte';
import { centreZero, fromZero } from './gauge';
import type { Instrument } from './instrument';

const GAUGE: Instrument = {
  name: 'Current L1',
  symbol: { base: 'I', sub: '1' },
  colour: 'var(--phase-1)',
  scale: fromZero(150, 125),
  value: 75,
  average: 60,
  minimum: 30,
  maximum: 120,
  figures: { value: '75.00', average: '60.00', from: '0', to: '150' },
  unit: 'A',
  percent: '60 %',
  nominal: '125 A',
  freshness: 'live',
  note: null,
  spoken: '75.00 A, average 60.00 A',
};

beforeAll(() => i18n.use('en'));

function draw(changes: Partial<Instrument> = {}): {
  meter: HTMLElement;
  part(name: string): Element | null;
} {
  const { container } = render(ArcGauge, { instrument: { ...GAUGE, ...changes } });
  return {
    meter: screen.getByRole('meter'),
    part: (name) => container.querySelector(`path.${name}`),
  };
}

/** Where the filled part begins and how long it is, as shares of the arc. */
function fillOf(part: Element | null): { at: number; length: number } {
  return {
    at: Math.abs(Number(part?.getAttribute('stroke-dashoffset'))),
    length: Number(part?.getAttribute('stroke-dasharray')?.split(' ')[0]),
  };
}

describe('MON-18 a gauge', () => {
  test('tells its value, scale and reading in words', () => {
    const { meter } = draw();
    expect(meter).toHaveAccessibleName('Current L1');
    expect(meter).toHaveAttribute('aria-valuenow', '75');
    expect(meter).toHaveAttribute('aria-valuemin', '0');
    expect(meter).toHaveAttribute('aria-valuemax', '150');
    expect(meter).toHaveAttribute('aria-valuetext', '75.00 A, average 60.00 A');
  });

  test('MON-17 shows the instantaneous value and the average, each with its mark', () => {
    const { meter, part } = draw();
    expect(meter).toHaveTextContent('75.00');
    expect(meter).toHaveTextContent('60.00');
    expect(fillOf(part('fill'))).toEqual({ at: 0, length: 0.5 });
    expect(part('needle')).toBeInTheDocument();
    expect(part('average')).toBeInTheDocument();
    expect(part('nominal')).toBeInTheDocument();
    expect(part('extremes')).toBeInTheDocument();
  });

  test('fills to the left of its zero what flows back', () => {
    const { part } = draw({ scale: centreZero(100, null), value: -50 });
    expect(fillOf(part('fill'))).toEqual({ at: 0.25, length: 0.25 });
  });

  test('stays at its end and says so when the value is beyond', () => {
    const { meter, part } = draw({ value: 400 });
    expect(meter).toHaveAttribute('aria-valuenow', '150');
    expect(fillOf(part('fill')).length).toBe(1);
    expect(part('beyond')).toBeInTheDocument();
  });

  test('MON-05 dims a stale value and shows its age in the place of the average', () => {
    const { meter } = draw({ freshness: 'stale', note: '42 s old' });
    expect(meter).toHaveAttribute('data-freshness', 'stale');
    expect(meter).toHaveTextContent('75.00');
    expect(meter).toHaveTextContent('42 s old');
    expect(meter).not.toHaveTextContent('60.00');
  });

  test('MON-05 has no needle and no number for a lost value, but the time of the last one', () => {
    const figures = { ...GAUGE.figures, value: '–' };
    const { meter, part } = draw({ value: null, figures, freshness: 'lost', note: '14:02:11' });
    expect(part('needle')).not.toBeInTheDocument();
    expect(fillOf(part('fill')).length).toBe(0);
    expect(meter).toHaveTextContent('Communication lost, last value: 14:02:11');
    expect(meter).not.toHaveTextContent('75.00');
  });

  test('MON-06 draws nothing for a missing value', () => {
    const { meter, part } = draw({ value: null, figures: { ...GAUGE.figures, value: '–' } });
    expect(part('needle')).not.toBeInTheDocument();
    expect(meter).toHaveTextContent('–');
  });

  test('says the same as a bar', () => {
    render(BarGauge, { instrument: GAUGE });
    const meter = screen.getByRole('meter', { name: 'Current L1' });
    expect(meter).toHaveAttribute('aria-valuetext', '75.00 A, average 60.00 A');
    expect(meter.querySelector('.fill')).toHaveStyle({ left: '0.00%', width: '50.00%' });
  });
});
