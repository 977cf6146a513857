/** Which readings a part of a page shows: those of some points and devices, or of all. */
export interface Interest {
  /** Circuits and networks. With neither `points` nor `devices` everything is meant. */
  points?: readonly number[];
  /** Devices with all that they measure. */
  devices?: readonly number[];
  /** Left out, all quantities are meant. */
  quantities?: readonly string[];
}

/** No readings, only the health of the devices and the server's clock. */
export const NO_READINGS: Interest = { points: [] };

/** The narrowest query of the stream that holds all interests, in a stable order. */
export function streamQuery(interests: Iterable<Interest>): string {
  const all = [...interests];
  const isEverything = (interest: Interest) => !interest.points && !interest.devices;
  const parts: string[] = [];

  if (!all.some(isEverything)) {
    const points = union(all.map((interest) => interest.points));
    const devices = union(all.map((interest) => interest.devices));
    if (devices.length > 0) parts.push(`devices=${devices.join(',')}`);
    if (points.length > 0 || devices.length === 0) parts.push(`circuits=${points.join(',')}`);
  }

  const reading = all.filter(
    (interest) => isEverything(interest) || interest.points?.length || interest.devices?.length,
  );
  if (reading.length > 0 && reading.every((interest) => interest.quantities)) {
    const quantities = union(reading.map((interest) => interest.quantities));
    parts.push(`quantities=${quantities.join(',')}`);
  }
  return parts.length > 0 ? `?${parts.sort().join('&')}` : '';
}

function union<T extends number | string>(lists: readonly (readonly T[] | undefined)[]): T[] {
  const values = [...new Set(lists.flatMap((list) => list ?? []))];
  return values.sort((a, b) => (a < b ? -1 : 1));
}
