import type { Point } from '$lib/api/types';
import type { MessageKey } from '$lib/i18n/index.svelte';
import type { Quantity } from '$lib/measurand/quantities';

export interface Column {
  measurand: string;
  quantity: Quantity;
  name: MessageKey;
  decimals: number;
}

/** What tells at a glance whether a point is fed and loaded. */
export const COLUMNS: readonly Column[] = [
  { measurand: 'u_sys_v', quantity: 'u', name: 'device.column.u', decimals: 1 },
  { measurand: 'v_sys_v', quantity: 'v', name: 'device.column.v', decimals: 1 },
  { measurand: 'i_sys_a', quantity: 'i', name: 'device.column.i', decimals: 1 },
  { measurand: 'p_w', quantity: 'p', name: 'device.column.p', decimals: 0 },
];

/** The columns that at least one point can fill (PLT-13). */
export function columnsOf(points: readonly Point[]): Column[] {
  return COLUMNS.filter(({ measurand }) =>
    points.some((point) => point.quantities.some(({ quantity }) => quantity === measurand)),
  );
}
