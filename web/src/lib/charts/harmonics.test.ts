import { describe, expect, test } from 'vitest';
import { axis, excesses, filtered, rankText, spans, type HarmonicSlot } from './harmonics';

const slot = (
  first: number,
  last = first,
  limit: number | null = null,
  value = 1,
): HarmonicSlot => ({
  first,
  last,
  limit,
  bars: [{ phase: '1', value, maximum: null, text: '' }],
});

describe('the slots of a chart of harmonics', () => {
  const slots = [slot(2), slot(3), slot(4), slot(26, 34)];

  test('a group stays whichever ranks are chosen', () => {
    expect(filtered(slots, 'all').map(rankText)).toEqual(['2', '3', '4', '26–34']);
    expect(filtered(slots, 'odd').map(rankText)).toEqual(['3', '26–34']);
    expect(filtered(slots, 'even').map(rankText)).toEqual(['2', '4', '26–34']);
  });

  test('fill the width without a gap', () => {
    const all = spans(slots);
    expect(all[0]?.from).toBe(0);
    expect(all.at(-1)?.to).toBe(1);
    all.slice(1).forEach(({ from }, index) => expect(from).toBe(all[index]?.to));
  });
});

describe('the axis', () => {
  test('goes by 1-2-5 to beyond the largest value', () => {
    expect(axis(6)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(axis(6.2)).toEqual([0, 2, 4, 6, 8]);
    expect(axis(31)).toEqual([0, 10, 20, 30, 40]);
    expect(axis(0.34)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
  });

  test('never steps back while it is watched', () => {
    expect(axis(3, 6)).toEqual(axis(6));
  });

  test('has a height when there is no value', () => {
    expect(axis(0).at(-1)).toBeGreaterThan(0);
  });
});

test('what is above its limit comes worst first', () => {
  const found = excesses([
    slot(3, 3, 5, 4.9),
    slot(21, 21, 0.5, 0.61),
    slot(5, 5, 6, 12),
    slot(29),
  ]);
  expect(found.map(({ slot }) => slot.first)).toEqual([5, 21]);
});
