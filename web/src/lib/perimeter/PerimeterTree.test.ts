import { render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Device, Point } from '$lib/api/types';
import { i18n } from '$lib/i18n/index.svelte';
import PerimeterTree from './PerimeterTree.svelte';
import { flatten } from './rows';
import { buildTree, type TreeNode } from './tree';

const NAMES = { noPlace: 'No place', noUsage: 'No usage', noFluid: 'No fluid' };
const DEVICES = [{ id: 1, name: 'Board A', zone: 'East', model: 'I-35' }] as Device[];
const POINTS = [
  { id: 1, name: 'Lifts', device: 1, kind: 'circuit', zone: '' },
  { id: 2, name: 'Kitchen', device: 1, kind: 'circuit', zone: '' },
] as Point[];
const rows = flatten(buildTree('location', POINTS, DEVICES, NAMES), () => true);

const toggle = vi.fn();
const choose = vi.fn<(node: TreeNode) => void>();

function show(more: { rows?: typeof rows; silent?: Set<number> } = {}): void {
  render(PerimeterTree, {
    rows,
    selected: 'point:2',
    hrefOf: (node: TreeNode) => (node.kind === 'point' ? `/monitor/${node.id}` : null),
    silent: new Set<number>(),
    toggle,
    choose,
    ...more,
  });
}

beforeEach(async () => {
  vi.clearAllMocks();
  await i18n.use('en');
});

describe('the tree', () => {
  test('PER-07: names each level with the circuits below it', () => {
    show();
    expect(screen.getByRole('treeitem', { name: 'East, 2 circuits' })).toHaveAttribute(
      'aria-expanded',
      'true',
    );
    expect(screen.getByRole('treeitem', { name: 'Kitchen' })).toHaveAttribute(
      'aria-selected',
      'true',
    );
  });

  test('says of every level which does not answer', () => {
    show({ silent: new Set([1]) });
    expect(screen.getByRole('treeitem', { name: 'Lifts, no answer' })).toBeVisible();
    expect(screen.getByRole('treeitem', { name: 'East, 2 circuits, no answer' })).toBeVisible();
  });

  test('is walked by the keyboard from the selection on, with the focus on the tree', async () => {
    show();
    const tree = screen.getByRole('tree');
    await userEvent.tab();
    expect(tree).toHaveFocus();
    const active = () => document.getElementById(tree.getAttribute('aria-activedescendant') ?? '');
    expect(active()).toHaveAccessibleName('Kitchen');
    await userEvent.keyboard('{ArrowDown}');
    expect(active()).toHaveAccessibleName('Lifts');
    await userEvent.keyboard('{Enter}');
    expect(choose.mock.calls[0]?.[0].name).toBe('Lifts');
    await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
    expect(toggle).toHaveBeenCalledWith([rows[1]?.node], false);
  });

  test('chooses on a click, and opens a group that has no page', async () => {
    show();
    await userEvent.click(screen.getByRole('treeitem', { name: 'Lifts' }));
    expect(choose.mock.calls[0]?.[0].name).toBe('Lifts');
    await userEvent.click(screen.getByRole('treeitem', { name: /East/ }));
    expect(toggle).toHaveBeenCalledWith([rows[0]?.node], false);
  });

  test('of thousands of rows only those in sight are in the document', () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({
      ...POINTS[0],
      id: index,
      name: `F${index}`,
    })) as Point[];
    show({ rows: flatten(buildTree('location', many, DEVICES, NAMES), () => true) });
    expect(screen.getAllByRole('treeitem').length).toBeLessThan(60);
  });
});
