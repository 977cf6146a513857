import { describe, expect, it, test } from 'vitest';
import type { Device, Point } from '$lib/api/types';
import { flatten, openForFilter, Openings, step, windowOf, type Row } from './rows';
import { buildTree, filterTree } from './tree';

const NAMES = { noPlace: 'No place', noUsage: 'No usage', noFluid: 'No fluid' };
const DEVICES = [
  { id: 1, name: 'Board A', zone: 'East/Ground', model: 'I-35' },
  { id: 2, name: 'Board B', zone: 'West', model: 'I-35' },
] as Device[];
const POINTS = [
  { id: 1, name: 'Lifts', device: 1, kind: 'circuit', zone: '' },
  { id: 2, name: 'Lighting', device: 1, kind: 'circuit', zone: '' },
  { id: 3, name: 'Kitchen', device: 2, kind: 'circuit', zone: '' },
] as Point[];
const TREE = buildTree('location', POINTS, DEVICES, NAMES);

const rowsWith = (byHand: Record<string, boolean>, revealed: string[] = []): Row[] => {
  const openings = new Openings(TREE, new Map(Object.entries(byHand)), revealed);
  return flatten(TREE, (node) => openings.isOpen(node));
};
const names = (rows: readonly Row[]) => rows.map((row) => row.node.name);

// East, Ground, Board A, Lifts, Lighting, West, Board B, Kitchen
const ALL = rowsWith({});

describe('the rows', () => {
  test('a small tree is open as a whole', () => {
    expect(names(ALL)).toEqual([
      'East',
      'Ground',
      'Board A',
      'Lifts',
      'Lighting',
      'West',
      'Board B',
      'Kitchen',
    ]);
  });

  test('what was closed by hand stays closed', () => {
    expect(names(rowsWith({ 'zone:East': false }))).toEqual(['East', 'West', 'Board B', 'Kitchen']);
  });

  test('they know their place among their siblings', () => {
    expect(ALL[4]).toMatchObject({ level: 4, position: 2, siblings: 2, canOpen: false });
    expect(ALL[5]).toMatchObject({ level: 1, position: 2, siblings: 2, isOpen: true });
  });

  test('a large tree opens only its first level and the way to the selection', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      ...POINTS[0],
      id: index,
      name: `F${index}`,
    })) as Point[];
    const tree = buildTree('location', many, DEVICES, NAMES);
    const rows = (revealed: string[]) => {
      const openings = new Openings(tree, new Map(), revealed);
      return names(flatten(tree, (node) => openings.isOpen(node)));
    };
    expect(rows([])).toEqual(['East', 'Ground', 'West', 'Board B']);
    expect(rows(['zone:East/Ground', 'device:1'])).toHaveLength(105);
  });

  test('a filter opens what leads to a match and not the match itself', () => {
    const kept = filterTree(TREE, 'board a');
    expect(names(flatten(kept, openForFilter('board a')))).toEqual(['East', 'Ground', 'Board A']);
  });

  test('PER-05: a filter opens a match that another one lies below', () => {
    const kitchen = { ...POINTS[2], name: 'Kitchen of board B' } as Point;
    const tree = buildTree('location', [kitchen], DEVICES, NAMES);
    const kept = filterTree(tree, 'board b');
    expect(names(flatten(kept, openForFilter('board b')))).toEqual([
      'West',
      'Board B',
      'Kitchen of board B',
    ]);
  });
});

describe('the keyboard', () => {
  function check(at: number, key: string, expected: unknown): void {
    expect(step(ALL, at, key)).toEqual(expected);
  }
  const go = (to: number) => ({ act: 'go', to });

  test('walks up and down and stops at the ends', () => {
    check(0, 'ArrowDown', go(1));
    check(0, 'ArrowUp', go(0));
    check(7, 'ArrowDown', go(7));
    check(3, 'Home', go(0));
    check(3, 'End', go(7));
  });

  test('right opens, then goes in; left closes, then goes out', () => {
    const closed = rowsWith({ 'zone:East': false });
    expect(step(closed, 0, 'ArrowRight')).toEqual({ act: 'open', nodes: [TREE[0]] });
    check(0, 'ArrowRight', go(1));
    check(3, 'ArrowRight', null);
    check(2, 'ArrowLeft', { act: 'close', node: ALL[2]?.node });
    check(4, 'ArrowLeft', go(2));
  });

  test('enter and space choose', () => {
    check(3, 'Enter', { act: 'choose', node: ALL[3]?.node });
    check(3, ' ', { act: 'choose', node: ALL[3]?.node });
  });

  test('a star opens all siblings', () => {
    check(0, '*', { act: 'open', nodes: TREE });
    check(3, '*', { act: 'open', nodes: [] });
  });

  test('a letter jumps to the next name that begins with it, round the end', () => {
    check(0, 'l', go(3));
    check(3, 'L', go(4));
    check(4, 'l', go(3));
    check(0, 'x', null);
    check(0, 'F5', null);
  });
});

it('renders only the rows in sight and a few more', () => {
  expect(windowOf(5000, 0, 600, 30)).toEqual({ from: 0, until: 28 });
  expect(windowOf(5000, 3000, 600, 30)).toEqual({ from: 92, until: 128 });
  expect(windowOf(10, 0, 600, 30)).toEqual({ from: 0, until: 10 });
  expect(windowOf(10, 90_000, 600, 30)).toEqual({ from: 10, until: 10 });
});
