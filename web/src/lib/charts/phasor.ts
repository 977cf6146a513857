/** Geometry of the phasor diagram: y grows downwards, angles counter-clockwise from the right. */

export interface Spot {
  x: number;
  y: number;
}

/** Where an arrow of this length ends. */
export function tipOf(length: number, degrees: number): Spot {
  const radians = (degrees * Math.PI) / 180;
  return { x: length * Math.cos(radians), y: -length * Math.sin(radians) };
}

/** Half the opening of an arrow's head, in degrees. */
const HEAD_HALF_DEG = 22;

/** The head of an arrow as a path that begins at one barb, turns at the tip and ends at the other. */
export function headOf(length: number, degrees: number, size: number): string {
  const tip = tipOf(length, degrees);
  const barb = (turn: number) => {
    const back = tipOf(size, degrees + 180 + turn);
    return spell({ x: tip.x + back.x, y: tip.y + back.y });
  };
  return `M${barb(HEAD_HALF_DEG)}L${spell(tip)}L${barb(-HEAD_HALF_DEG)}`;
}

export function spell({ x, y }: Spot): string {
  return `${x.toFixed(2)} ${y.toFixed(2)}`;
}

/** The centre rays of a triangle of line voltages: V1, V2 and V3 of the virtual star. */
export function starOf(lines: readonly [Spot, Spot, Spot]): [Spot, Spot, Spot] {
  const third = (from: Spot, to: Spot): Spot => ({
    x: (from.x - to.x) / 3,
    y: (from.y - to.y) / 3,
  });
  const [u12, u23, u31] = lines;
  return [third(u12, u31), third(u23, u12), third(u31, u23)];
}

/** Where a label stands: its middle, and to which side its text runs. */
export interface LabelSpot extends Spot {
  anchor: 'start' | 'end';
}

interface Cluster {
  /** Indices of labels that touch, from top to bottom. */
  members: number[];
  /** Where the middle of the first one should be, summed over the members. */
  wanted: number;
}

/**
 * Places a label for each angle outside a ring: right or left of it, as near to its arrow as its
 * neighbours allow, moved along the ring and never onto another label.
 */
export function placeLabels(
  angles: readonly number[],
  ring: number,
  height: number,
  limit: number,
): LabelSpot[] {
  const placed: LabelSpot[] = [];
  for (const anchor of ['start', 'end'] as const) {
    const side = angles
      .map((degrees, index) => ({ index, ...tipOf(ring, degrees) }))
      // What points straight up or down is labelled at its right.
      .filter(({ x }) => x > -0.02 * ring === (anchor === 'start'))
      .sort((a, b) => a.y - b.y);
    const middles = spread(
      side.map(({ y }) => y),
      height,
      limit,
    );
    side.forEach(({ index }, at) => {
      const y = middles[at] ?? 0;
      // The edge of the label that is nearest to the ring's equator decides how far out it stands.
      const nearest = Math.max(0, Math.abs(y) - height / 2);
      const x = Math.sqrt(Math.max(0, ring * ring - nearest * nearest));
      placed[index] = { x: anchor === 'start' ? x : -x, y, anchor };
    });
  }
  return placed;
}

/** Moves middles, which are in order, apart by `height`, each as little as can be. */
function spread(wanted: readonly number[], height: number, limit: number): number[] {
  const clusters: Cluster[] = [];
  for (const [index, y] of wanted.entries()) {
    clusters.push({ members: [index], wanted: y });
    for (;;) {
      const [above, below] = clusters.slice(-2);
      if (!above || !below) break;
      if (startOf(below, height, limit) - endOf(above, height, limit) >= height - 1e-9) break;
      const moved = below.wanted - below.members.length * above.members.length * height;
      clusters.splice(-2, 2, {
        members: [...above.members, ...below.members],
        wanted: above.wanted + moved,
      });
    }
  }
  const middles: number[] = [];
  for (const cluster of clusters) {
    const start = startOf(cluster, height, limit);
    cluster.members.forEach((member, at) => (middles[member] = start + at * height));
  }
  return middles;
}

function startOf(cluster: Cluster, height: number, limit: number): number {
  const length = (cluster.members.length - 1) * height;
  const start = cluster.wanted / cluster.members.length;
  return Math.max(-limit, Math.min(limit - length, start));
}

function endOf(cluster: Cluster, height: number, limit: number): number {
  return startOf(cluster, height, limit) + (cluster.members.length - 1) * height;
}
