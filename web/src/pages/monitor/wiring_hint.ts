import type { WiringFault, WiringHint } from '$lib/api/types';
import type { AssumedVector, PhasorVector } from '$lib/charts/phasor_picture';
import { formatNumber } from '$lib/format';
import { i18n, t, type MessageKey } from '$lib/i18n/index.svelte';
import { phaseColour, type Phase } from '$lib/measurand';

/** What the server may name; a newer one may name more, which this page cannot put into words. */
const KINDS = [
  'sensor_reversed',
  'sensors_exchanged',
  'two_sensors_reversed',
  'all_sensors_reversed',
  'sensors_moved_on',
  'unclear',
  'voltage_missing',
  'phase_dead',
  'neutral_lost',
  'scale_wrong',
  'voltage_type_mixed_up',
  'voltage_ratio_wrong',
  'current_above_sensor',
] as const;
type Kind = (typeof KINDS)[number];

/** Faults that show in the powers of the phases, and those that show in their voltages. */
const OF_DIRECTION: readonly string[] = [
  'sensor_reversed',
  'sensors_exchanged',
  'two_sensors_reversed',
  'all_sensors_reversed',
  'sensors_moved_on',
  'unclear',
];
const OF_VOLTAGE: readonly string[] = [
  'voltage_missing',
  'phase_dead',
  'neutral_lost',
  'voltage_type_mixed_up',
  'voltage_ratio_wrong',
];

/** The fault as a sentence; `null` for one that these pages do not know yet. */
export function faultText({ kind, phases }: WiringFault): string | null {
  if (!KINDS.includes(kind as Kind)) return null;
  const [one = '', other = ''] = phases.map(String);
  return t(`monitor.hint.${kind as Kind}` as MessageKey, { one, other });
}

/** Which figures speak for a fault: those of P, V, S or I on the phases. */
export function evidenceOf(kind: string): 'p' | 'v' | 's' | 'i' {
  if (OF_DIRECTION.includes(kind)) return 'p';
  if (OF_VOLTAGE.includes(kind)) return 'v';
  return kind === 'scale_wrong' ? 's' : 'i';
}

/** "φ would be 29.8°, 30.1°, 30.0°", where undoing the fault leaves a load. */
export function undoneText({ undone_phi_deg }: WiringHint): string {
  const angles = undone_phi_deg.flatMap((angle) =>
    angle === null || angle === undefined ? [] : `${formatNumber(angle, 1, i18n.locale)}°`,
  );
  return angles.length > 0 ? t('monitor.hint.undone', { angles: angles.join(', ') }) : '';
}

/** Where the currents of reversed sensors would point: a second picture inside the first. */
export function turnedRound(
  hint: WiringHint | null,
  vectors: readonly PhasorVector[],
): AssumedVector[] {
  if (!hint?.kind.endsWith('reversed')) return [];
  return (['1', '2', '3'] as const).flatMap((phase: Phase, index) => {
    const [now, undone] = [hint.phi_deg[index], hint.undone_phi_deg[index]];
    const current = vectors.find(({ key }) => key === `i${phase}`);
    if (typeof now !== 'number' || typeof undone !== 'number' || !current) return [];
    if (current.share === null || current.degrees === null || Math.abs(now - undone) < 1) return [];
    return [
      {
        key: `i${phase}`,
        colour: phaseColour(phase),
        share: current.share,
        degrees: current.degrees + 180,
      },
    ];
  });
}
