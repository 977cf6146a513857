/**
 * The perimeter's tree: the points of the site sorted by place, usage or fluid.
 *
 * Pure: names come in, nodes go out; what is open, selected or silent is asked elsewhere.
 */
import type { Device, Point } from '$lib/api/types';

/** The ways to sort the tree that Monitor offers (PER-04). */
export const VIEWS = ['location', 'usage', 'fluid'] as const;
export type View = (typeof VIEWS)[number];

export interface TreeNode {
  /** Stable over reloads, so that what was open stays open: `zone:Quai 9/Roof`, `device:3`. */
  key: string;
  kind: 'group' | 'device' | 'point';
  name: string;
  /** What the filter looks at beside the name: a device's model. */
  alias: string;
  /** Whether the point is the voltages of a network and not a circuit. */
  isNetwork: boolean;
  /** The device or point that the node stands for. */
  id: number | null;
  /** Circuits at or below this node. */
  circuits: number;
  /** Devices that measure what is at or below this node. */
  devices: ReadonlySet<number>;
  children: TreeNode[];
}

/** What groups without a name of their own are called. */
export interface GroupNames {
  noPlace: string;
  noUsage: string;
  noFluid: string;
}

export function buildTree(
  view: View,
  points: readonly Point[],
  devices: readonly Device[],
  names: GroupNames,
): TreeNode[] {
  if (view === 'location') return byLocation(points, devices, names.noPlace);
  const none = view === 'usage' ? names.noUsage : names.noFluid;
  return byGroup(view, points, none);
}

function byLocation(
  points: readonly Point[],
  devices: readonly Device[],
  noPlace: string,
): TreeNode[] {
  const root = group('', '');
  const placed = new Map<number, TreeNode>();
  for (const device of devices) {
    const node = deviceNode(device);
    placed.set(device.id, node);
    zoneBelow(root, device.zone, noPlace).children.push(node);
  }
  for (const point of points) {
    const owner = placed.get(point.device ?? Number.NaN);
    (owner ?? zoneBelow(root, point.zone, noPlace)).children.push(pointNode(point));
  }
  return finish(root).children;
}

function byGroup(view: 'usage' | 'fluid', points: readonly Point[], none: string): TreeNode[] {
  const root = group('', '');
  const groups = new Map<number | null, TreeNode>();
  // A network is not a load: it has neither usage nor fluid and is found by its place.
  for (const point of points.filter((point) => point.kind === 'circuit')) {
    const named = point[view];
    const id = named?.id ?? null;
    let node = groups.get(id);
    if (!node) {
      node = group(`${view}:${id ?? 'none'}`, named?.name ?? none);
      groups.set(id, node);
    }
    node.children.push(pointNode(point));
  }
  const unnamed = groups.get(null);
  root.children = [...groups.values()].filter((node) => node !== unnamed);
  finish(root);
  if (unnamed) root.children.push(finish(unnamed));
  return root.children;
}

/** The group of a zone such as `Quai 9/Ground floor`, made with all its parents when needed. */
function zoneBelow(root: TreeNode, zone: string, noPlace: string): TreeNode {
  const levels = zone
    .split('/')
    .map((level) => level.trim())
    .filter(Boolean);
  let node = root;
  let path = '';
  for (const level of levels.length > 0 ? levels : [noPlace]) {
    path = path ? `${path}/${level}` : level;
    const key = levels.length > 0 ? `zone:${path}` : 'zone:';
    let child = node.children.find((child) => child.key === key);
    if (!child) {
      child = group(key, level);
      node.children.push(child);
    }
    node = child;
  }
  return node;
}

function group(key: string, name: string): TreeNode {
  return {
    key,
    kind: 'group',
    name,
    alias: '',
    isNetwork: false,
    id: null,
    circuits: 0,
    devices: new Set(),
    children: [],
  };
}

function deviceNode(device: Device): TreeNode {
  const node = group(`device:${device.id}`, device.name);
  return { ...node, kind: 'device', alias: device.model, id: device.id };
}

function pointNode(point: Point): TreeNode {
  return {
    ...group(`point:${point.id}`, point.name),
    kind: 'point',
    isNetwork: point.kind === 'network',
    id: point.id,
    circuits: point.kind === 'circuit' ? 1 : 0,
    devices: new Set(typeof point.device === 'number' ? [point.device] : []),
  };
}

/** Groups before devices before points, each in the order in which people count: C2 before C10. */
const RANK = { group: 0, device: 1, point: 2 };
const NATURAL = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Sorts and counts a node whose children are all there. */
function finish(node: TreeNode): TreeNode {
  if (node.kind === 'point') return node;
  node.children.forEach(finish);
  node.children.sort((a, b) => RANK[a.kind] - RANK[b.kind] || NATURAL.compare(a.name, b.name));
  return count(node);
}

function count(node: TreeNode): TreeNode {
  const devices = new Set(node.kind === 'device' && node.id !== null ? [node.id] : []);
  node.circuits = 0;
  for (const child of node.children) {
    node.circuits += child.circuits;
    for (const device of child.devices) devices.add(device);
  }
  node.devices = devices;
  return node;
}

/**
 * The part of a tree whose names hold `text` (PER-05). A node that matches keeps all below it; one
 * that does not stays for the sake of what matches below, and counts only that.
 */
export function filterTree(nodes: readonly TreeNode[], text: string): TreeNode[] {
  const wanted = plain(text);
  return wanted === '' ? [...nodes] : keep(nodes, wanted);
}

function keep(nodes: readonly TreeNode[], wanted: string): TreeNode[] {
  return nodes.flatMap((node) => {
    if (matches(node, wanted)) return [node];
    const children = keep(node.children, wanted);
    return children.length > 0 ? [count({ ...node, children })] : [];
  });
}

export function matches(node: TreeNode, wanted: string): boolean {
  return plain(node.name).includes(wanted) || plain(node.alias).includes(wanted);
}

/** A name as it is compared: no case, no accents, no punctuation, so that `i35` finds `I-35`. */
export function plain(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\p{Mark}\p{Punctuation}\s]/gu, '')
    .toLowerCase();
}

/** The nodes from the root down to the one with `key`, that one included; empty when it is not there. */
export function pathTo(nodes: readonly TreeNode[], key: string): TreeNode[] {
  for (const node of nodes) {
    if (node.key === key) return [node];
    const below = pathTo(node.children, key);
    if (below.length > 0) return [node, ...below];
  }
  return [];
}
