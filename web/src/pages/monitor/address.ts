import type { Device, SerialLine } from '$lib/api/types';
import { formatNumber } from '$lib/format';

/** Host and port as they are written together; an address of version 6 is set apart by brackets. */
export function networkAddress(device: Pick<Device, 'host' | 'port'>): string {
  const host = device.host ?? '';
  return `${host.includes(':') ? `[${host}]` : host}:${device.port}`;
}

const PARITY_LETTER = { none: 'N', even: 'E', odd: 'O' } as const;

/**
 * What a text says of a serial line: a character is written as data bits, parity and stop bits.
 * Those that are left out are the standard's.
 */
export function lineParts(
  line: SerialLine,
  locale: string,
): { path: string; rate: string; character: string } {
  return {
    path: line.path,
    rate: formatNumber(line.baud_rate, 0, locale),
    character: `8${PARITY_LETTER[line.parity ?? 'even']}${line.stop_bits ?? 1}`,
  };
}
