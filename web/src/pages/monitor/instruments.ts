import { beyond } from '$lib/charts/gauge';
import type { Instrument } from '$lib/charts/instrument';
import {
  atAGlance,
  formatNumber,
  formatSetting,
  MISSING,
  unitText,
  UNSCALED,
  type Scale,
} from '$lib/format';
import { i18n, t } from '$lib/i18n/index.svelte';
import {
  phaseColour,
  quantityName,
  quantitySymbol,
  spokenName,
  type Cell,
  type MeasurandRow,
  type Phase,
  type Quantity,
  type QuantitySymbol,
} from '$lib/measurand';
import type { GaugeScales } from './gauge_scale';
import type { PointView } from './view.svelte';
import { noteText } from './words';

/** The figures that a gauge draws: now, its average and its extremes, in the canonical unit. */
export function drawnValues(view: PointView, { quantity, cells }: MeasurandRow) {
  const extreme = (cell: Cell | undefined) => (cell && view.latest(cell)?.value) ?? null;
  const current = (cell: Cell | undefined) =>
    cell ? view.figure(cell, quantity, UNSCALED, false).value : null;
  return {
    value: current(cells.instant),
    average: current(cells.average),
    minimum: extreme(cells.minimum),
    maximum: extreme(cells.maximum),
  };
}

/** What the gauge of a row draws and says. */
export function instrumentOf(
  view: PointView,
  row: MeasurandRow,
  panel: Scale,
  scales: GaugeScales,
): Instrument {
  const { quantity, phase } = row;
  const { instant, average } = row.cells;
  const scale = atAGlance(panel);
  const now = instant && view.figure(instant, quantity, scale, false);
  const mean = average && view.figure(average, quantity, scale, false);
  const drawn = drawnValues(view, row);
  const { value } = drawn;
  const range = scales.of(quantity, phase, Object.values(drawn));
  const trusted = !now || now.freshness === 'live';
  const note = trusted ? null : view.note({ quantity, phase, cells: { instant } });
  const unit = unitText(quantity, scale);
  return {
    name: spokenName(quantity, phase),
    symbol: gaugeSymbol(quantity, phase),
    colour: phaseColour(phase),
    scale: range,
    ...drawn,
    figures: {
      value: now?.text ?? MISSING,
      average: mean?.text ?? null,
      from: formatSetting(range.from / scale.factor, i18n.locale),
      to: formatSetting(range.to / scale.factor, i18n.locale),
    },
    unit,
    percent: percentOf(quantity, value, range.nominal),
    nominal: range.nominal
      ? `${formatSetting(range.nominal / scale.factor, i18n.locale)} ${unit}`
      : null,
    freshness: now?.freshness ?? 'live',
    note: note?.text ?? null,
    spoken: [
      `${now?.text ?? MISSING} ${unit}`,
      ...(mean ? [t('monitor.spoken_average', { average: `${mean.text} ${unit}` })] : []),
      ...(value !== null && beyond(range, value) ? [t('monitor.beyond_scale')] : []),
      ...(note ? [noteText(note)] : []),
    ].join(', '),
  };
}

/** What a gauge draws beside its arc, where "Current unbalance" would not fit. */
function gaugeSymbol(quantity: Quantity, phase: Phase): QuantitySymbol {
  if (quantity.includes('_unbalance_')) return { base: quantity.charAt(0).toUpperCase(), sub: '' };
  return quantitySymbol(quantity, phase) ?? { base: quantityName(quantity), sub: '' };
}

/** How much of its nominal value a value is; a frequency is 100 % whenever the lights are on. */
function percentOf(quantity: Quantity, value: number | null, nominal: number | null) {
  if (value === null || !nominal || quantity === 'frequency') return null;
  const decimals = quantity === 'u' || quantity === 'v' ? 1 : 0;
  return `${formatNumber((100 * Math.abs(value)) / nominal, decimals, i18n.locale)}\u00a0%`;
}
