import type { AssumedVector, PhasorPicture, PhasorVector } from '$lib/charts/phasor_picture';
import { atAGlance, formatSetting, UNSCALED, type Scale } from '$lib/format';
import { i18n, t } from '$lib/i18n/index.svelte';
import {
  phaseColour,
  quantitySymbol,
  wiringOf,
  type MeasurandRow,
  type Phase,
  type Quantity,
  type Wiring,
} from '$lib/measurand';
import type { PanelScales } from './scales.svelte';
import type { DetailView } from './view.svelte';

const CONDUCTORS: readonly Phase[] = ['1', '2', '3'];
const PAIRS: readonly Phase[] = ['12', '23', '31'];

const ANGLES = { v: 'v_angle', u: 'u_angle', i: 'i_angle' } as const;
type Drawn = keyof typeof ANGLES;

/** Nobody reads more of an angle from a drawing; the table has all of it. */
const DEGREES: Scale = { ...UNSCALED, decimals: 1 };

/** One arrow before it is known what a full one is worth. */
interface Arrow extends Omit<PhasorVector, 'share'> {
  value: number | null;
  phase: Phase;
  source: 'device' | 'computed' | 'assumed';
}

/**
 * The phasor diagram of a point: phase voltages where there is a neutral, line voltages
 * elsewhere (MON-25), and with `hasCurrents` its currents. `null` where the point has no angle at
 * all, such as a circuit of direct current.
 */
export function phasorsOf(
  view: DetailView,
  rows: readonly MeasurandRow[],
  panel: PanelScales,
  hasCurrents: boolean,
): PhasorPicture | null {
  const volts = arrowsOf(view, rows, panel, 'v', CONDUCTORS);
  const voltages = volts.length > 0 ? volts : arrowsOf(view, rows, panel, 'u', PAIRS);
  const currents = hasCurrents ? arrowsOf(view, rows, panel, 'i', CONDUCTORS) : [];
  if (voltages.length === 0 && currents.length === 0) return null;

  const { voltage_v, line_voltage_v } = view.detail.gauges;
  const nominal = (volts.length > 0 ? voltage_v : line_voltage_v)?.nominal ?? null;
  const fullVoltage = nominal ?? largest(voltages);
  const fullCurrent = largest(currents);
  const vectors = [
    ...voltages.map((arrow) => withShare(arrow, fullVoltage)),
    ...currents.map((arrow) => withShare(arrow, fullCurrent)),
  ];
  const wiring = wiringOf(view.point.wiring ?? null);
  return {
    vectors,
    assumed: wiring ? followers(wiring, vectors) : [],
    isThreeWire: volts.length === 0,
    fullVoltage: fullVoltage ? `${formatSetting(fullVoltage, i18n.locale)} V` : null,
    fullCurrent: fullCurrent
      ? (currents.find(({ value }) => value === fullCurrent)?.figure ?? null)
      : null,
    note: [sourceText([...voltages, ...currents]), orderText(voltages)].filter(Boolean).join(', '),
    spoken: t('monitor.phasors.spoken', {
      vectors: [...voltages, ...currents]
        .map(({ symbol, figure, angle }) =>
          t('monitor.phasors.vector', { symbol: symbol.base + symbol.sub, figure, angle }),
        )
        .join('; '),
    }),
  };
}

function arrowsOf(
  view: DetailView,
  rows: readonly MeasurandRow[],
  panel: PanelScales,
  quantity: Drawn,
  phases: readonly Phase[],
): Arrow[] {
  const cellOf = (wanted: Quantity, phase: Phase) =>
    rows.find((row) => row.quantity === wanted && row.phase === phase)?.cells.instant;
  return phases.flatMap((phase) => {
    const [size, turn] = [cellOf(quantity, phase), cellOf(ANGLES[quantity], phase)];
    if (!size || !turn) return [];
    const figure = view.figure(size, quantity, atAGlance(panel.of(quantity)), false);
    const angle = view.figure(turn, ANGLES[quantity], DEGREES, false);
    const isAssumed = view.latest(turn)?.quality.includes('assumed') ?? false;
    return [
      {
        key: `${quantity}${phase}`,
        phase,
        kind: quantity === 'i' ? ('current' as const) : ('voltage' as const),
        symbol: quantitySymbol(quantity, phase) ?? { base: quantity.toUpperCase(), sub: phase },
        colour: phaseColour(phase),
        value: figure.value,
        degrees: angle.value,
        figure: `${figure.text}\u00a0${figure.unit}`,
        angle: `${angle.text}°`,
        isAssumed,
        source: isAssumed ? 'assumed' : angle.computed ? 'computed' : 'device',
        freshness: figure.freshness,
      } satisfies Arrow,
    ];
  });
}

function withShare({ value, ...arrow }: Arrow, full: number | null): PhasorVector {
  return { ...arrow, share: value === null || !full ? null : value / full };
}

function largest(arrows: readonly Arrow[]): number | null {
  const values = arrows.flatMap(({ value }) => value ?? []);
  return values.length > 0 ? Math.max(...values) : null;
}

/** Where one current is measured for several conductors, those of the others follow from it. */
function followers(wiring: Wiring, vectors: readonly PhasorVector[]): AssumedVector[] {
  const first = vectors.find(({ key }) => key === 'i1');
  if (!first || first.share === null || first.degrees === null) return [];
  const { share, degrees } = first;
  const turned = (phase: Phase, turn: number) => ({
    key: `i${phase}`,
    colour: phaseColour(phase),
    share,
    degrees: degrees + turn,
  });
  const isMissing = ({ key }: AssumedVector) => vectors.every((vector) => vector.key !== key);
  if (wiring.balanced) return [turned('2', -120), turned('3', 120)].filter(isMissing);
  return wiring.phases === 2 ? [turned('2', 180)].filter(isMissing) : [];
}

/** How far the angles may be trusted: by the least of their sources. */
function sourceText(arrows: readonly Arrow[]): string {
  const has = (source: Arrow['source'], kind?: Arrow['kind']) =>
    arrows.some((arrow) => arrow.source === source && (!kind || arrow.kind === kind));
  if (has('assumed', 'voltage')) return t('monitor.phasors.nominal_angles');
  if (has('assumed')) return t('monitor.phasors.balanced_assumed');
  return t(has('computed') ? 'monitor.phasors.computed_angles' : 'monitor.phasors.device_angles');
}

/** The phase order, which only a device can tell: magnitudes are the same in both. */
function orderText(voltages: readonly Arrow[]): string {
  const [first, second, third] = voltages;
  if (!first || !second || !third || second.source !== 'device') return '';
  if (first.degrees === null || second.degrees === null) return '';
  const behind = (((first.degrees - second.degrees) % 360) + 360) % 360;
  return t('monitor.phasors.order', { order: behind < 180 ? '1-2-3' : '1-3-2' });
}
