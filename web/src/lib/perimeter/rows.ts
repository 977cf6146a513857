/** The tree as the list of rows that stand under each other, and how the keyboard walks it. */
import { matches, plain, type TreeNode } from './tree';

export interface Row {
  node: TreeNode;
  /** From 1, as `aria-level` counts. */
  level: number;
  /** From 1, among its siblings. */
  position: number;
  siblings: number;
  isOpen: boolean;
  canOpen: boolean;
}

/** Up to this many nodes a tree is shown open as a whole: a small site is seen at a glance. */
const OPEN_AS_A_WHOLE = 60;

/** What is open: by default and by what people opened and closed themselves. */
export class Openings {
  readonly #byDefault: ReadonlySet<string>;

  constructor(
    nodes: readonly TreeNode[],
    private readonly byHand: ReadonlyMap<string, boolean>,
    /** Opened so that it can be seen: what leads to the selection. */
    revealed: Iterable<string> = [],
  ) {
    const all = everyNode(nodes);
    const open = all.length <= OPEN_AS_A_WHOLE ? all : [...nodes];
    this.#byDefault = new Set([...open.map((node) => node.key), ...revealed]);
  }

  isOpen(node: TreeNode): boolean {
    return this.byHand.get(node.key) ?? this.#byDefault.has(node.key);
  }
}

function everyNode(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => [node, ...everyNode(node.children)]);
}

/** What is open while a filter holds: everything that leads to a match. */
export function openForFilter(text: string): (node: TreeNode) => boolean {
  const wanted = plain(text);
  const leadsToMatch = (node: TreeNode): boolean =>
    node.children.some((child) => matches(child, wanted) || leadsToMatch(child));
  return leadsToMatch;
}

export function flatten(
  nodes: readonly TreeNode[],
  isOpen: (node: TreeNode) => boolean,
  level = 1,
): Row[] {
  return nodes.flatMap((node, index) => {
    const canOpen = node.children.length > 0;
    const open = canOpen && isOpen(node);
    const row = {
      node,
      level,
      position: index + 1,
      siblings: nodes.length,
      isOpen: open,
      canOpen,
    };
    return open ? [row, ...flatten(node.children, isOpen, level + 1)] : [row];
  });
}

/** What a key does in the tree; `null` when it is not the tree's. */
export type Step =
  | { act: 'go'; to: number }
  | { act: 'open'; nodes: TreeNode[] }
  | { act: 'close'; node: TreeNode }
  | { act: 'choose'; node: TreeNode };

/** The tree pattern of the ARIA practices: arrows walk, open and close, letters jump. */
export function step(rows: readonly Row[], at: number, key: string): Step | null {
  const row = rows[at];
  if (!row) return null;
  const go = (to: number): Step => ({ act: 'go', to: Math.max(0, Math.min(to, rows.length - 1)) });
  switch (key) {
    case 'ArrowDown':
      return go(at + 1);
    case 'ArrowUp':
      return go(at - 1);
    case 'Home':
      return go(0);
    case 'End':
      return go(rows.length - 1);
    case 'ArrowRight':
      if (!row.canOpen) return null;
      return row.isOpen ? go(at + 1) : { act: 'open', nodes: [row.node] };
    case 'ArrowLeft':
      if (row.isOpen) return { act: 'close', node: row.node };
      return row.level === 1 ? null : go(parentOf(rows, at));
    case 'Enter':
    case ' ':
      return { act: 'choose', node: row.node };
    case '*':
      return {
        act: 'open',
        nodes: siblingsOf(rows, at).filter((node) => node.children.length > 0),
      };
    default:
      return key.length === 1 ? jump(rows, at, plain(key)) : null;
  }
}

function parentOf(rows: readonly Row[], at: number): number {
  const level = rows[at]?.level ?? 1;
  return rows.findLastIndex((row, index) => index < at && row.level < level);
}

function siblingsOf(rows: readonly Row[], at: number): TreeNode[] {
  const parent = rows[parentOf(rows, at)]?.node;
  return parent ? parent.children : rows.filter((row) => row.level === 1).map((row) => row.node);
}

/** The next row, round the end, whose name begins with what was typed. */
function jump(rows: readonly Row[], at: number, start: string): Step | null {
  if (start === '') return null;
  const next = rows
    .map((_row, index) => (at + 1 + index) % rows.length)
    .find((index) => plain(rows[index]?.node.name ?? '').startsWith(start));
  return next === undefined ? null : { act: 'go', to: next };
}

/** The rows that a scrolled frame can see, with some more on both sides. */
export function windowOf(
  count: number,
  scrollTop: number,
  frameHeight: number,
  rowHeight: number,
): { from: number; until: number } {
  const spare = 8;
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
  const until = Math.min(count, Math.ceil((scrollTop + frameHeight) / rowHeight) + spare);
  return { from: Math.min(from, count), until: Math.max(until, Math.min(from, count)) };
}
