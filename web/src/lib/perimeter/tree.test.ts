import { describe, expect, it, test } from 'vitest';
import type { Device, Point } from '$lib/api/types';
import { buildTree, filterTree, pathTo, plain, type TreeNode, type View } from './tree';

const NAMES = { noPlace: 'No place', noUsage: 'No usage', noFluid: 'No fluid' };

const device = (id: number, name: string, zone: string, model = 'DIRIS Digiware I-35') =>
  ({ id, name, zone, model }) as Device;
const circuit = (id: number, name: string, device: number | null, more: Partial<Point> = {}) =>
  ({ id, name, device, kind: 'circuit', zone: '', usage: null, fluid: null, ...more }) as Point;

const DEVICES = [
  device(1, 'D-70', 'Quai 9/Basement', 'DIRIS Digiware D-70'),
  device(2, 'U-30', 'Quai 9/Basement', 'DIRIS Digiware U-30'),
  device(3, 'Board A', 'Quai 9/Ground floor'),
  device(4, 'Étage', 'Quai 9/Roof'),
];
const LIGHTING = { usage: { id: 1, name: 'Lighting' }, fluid: { id: 1, name: 'Electricity' } };
const POINTS = [
  circuit(10, 'C10 Lifts', 3, { fluid: { id: 1, name: 'Electricity' } }),
  circuit(2, 'C2 Lighting', 3, LIGHTING),
  circuit(3, 'Solar', 4, LIGHTING),
  circuit(7, 'Loose end', null),
  circuit(1, 'Main network', 2, { kind: 'network' }),
];

/** A tree as one indented line each, with its count. */
function draw(nodes: readonly TreeNode[], indent = ''): string[] {
  return nodes.flatMap((node) => [
    `${indent}${node.name} ${node.circuits}`,
    ...draw(node.children, `${indent}  `),
  ]);
}

function check(view: View, filter: string, expected: string[]): void {
  expect(draw(filterTree(buildTree(view, POINTS, DEVICES, NAMES), filter))).toEqual(expected);
}

describe('the tree', () => {
  test('PER-07, PER-08: by location it goes zone by zone to the circuits and counts them', () =>
    check('location', '', [
      'No place 1',
      '  Loose end 1',
      'Quai 9 3',
      '  Basement 0',
      '    D-70 0',
      '    U-30 0',
      '      Main network 0',
      '  Ground floor 2',
      '    Board A 2',
      '      C2 Lighting 1',
      '      C10 Lifts 1',
      '  Roof 1',
      '    Étage 1',
      '      Solar 1',
    ]));

  test('PER-08: by usage it groups circuits, those without one last', () =>
    check('usage', '', [
      'Lighting 2',
      '  C2 Lighting 1',
      '  Solar 1',
      'No usage 2',
      '  C10 Lifts 1',
      '  Loose end 1',
    ]));

  test('PER-08: by fluid it groups circuits', () =>
    check('fluid', '', [
      'Electricity 3',
      '  C2 Lighting 1',
      '  C10 Lifts 1',
      '  Solar 1',
      'No fluid 1',
      '  Loose end 1',
    ]));
});

describe('the filter', () => {
  test('PER-05: `I35` keeps every I-35, whatever it is called', () =>
    check('location', 'I35', [
      'Quai 9 3',
      '  Ground floor 2',
      '    Board A 2',
      '      C2 Lighting 1',
      '      C10 Lifts 1',
      '  Roof 1',
      '    Étage 1',
      '      Solar 1',
    ]));

  test('PER-05: a location keeps all that is in it', () =>
    check('location', 'roof', ['Quai 9 1', '  Roof 1', '    Étage 1', '      Solar 1']));

  test('PER-05: a part of a circuit keeps the way to it, and counts only what is left', () =>
    check('location', 'LIGHT', [
      'Quai 9 1',
      '  Ground floor 1',
      '    Board A 1',
      '      C2 Lighting 1',
    ]));

  test('a name that nothing has leaves nothing', () => check('usage', 'steam', []));
});

it('compares names without case, accents and punctuation', () => {
  expect(plain('Étage I-35 (nord)')).toBe('etagei35nord');
});

it('names the devices below a node, on which its state mark depends', () => {
  const [, quai] = buildTree('location', POINTS, DEVICES, NAMES);
  expect([...(quai?.devices ?? [])].sort()).toEqual([1, 2, 3, 4]);
  const [lighting] = buildTree('usage', POINTS, DEVICES, NAMES);
  expect([...(lighting?.devices ?? [])].sort()).toEqual([3, 4]);
});

it('finds the way to a node', () => {
  const tree = buildTree('location', POINTS, DEVICES, NAMES);
  const names = (key: string) => pathTo(tree, key).map((node) => node.name);
  expect(names('point:3')).toEqual(['Quai 9', 'Roof', 'Étage', 'Solar']);
  expect(names('point:99')).toEqual([]);
});
