import { beyond } from '$lib/charts/gauge';
import type { Instrument } from '$lib/charts/instrument';
import { atAGlance, formatNumber, formatSetting, MISSING, unitText, type Scale } from '$lib/format';
import { i18n, t } from '$lib/i18n/index.svelte';
import {
  phaseColour,
  quantityName,
  quantitySymbol,
  spokenName,
  type MeasurandRow,
  type Phase,
  type Quantity,
  type QuantitySymbol,
} from '$lib/measurand';
import type { GaugeScales } from './gauge_scale';
import type { PointView } from './view.svelte';

/** What the gauge of a row draws and says. */
export function instrumentOf(
  view: PointView,
  row: MeasurandRow,
  panel: Scale,
  scales: GaugeScales,
): Instrument {
  const { quantity, phase } = row;
  const { instant, average, minimum, maximum } = row.cells;
  const scale = atAGlance(panel);
  const now = instant && view.figure(instant, quantity, scale, false);
  const mean = average && view.figure(average, quantity, scale, false);
  const extremes = [minimum, maximum].map((cell) => cell && (view.latest(cell)?.value ?? null));
  const [least, most] = extremes;
  const value = now?.value ?? null;
  const range = scales.of(quantity, phase, [value, mean?.value, least, most]);
  const trusted = !now || now.freshness === 'live';
  const note = trusted ? null : (view.note({ quantity, phase, cells: { instant } })?.text ?? null);
  const unit = unitText(quantity, scale);
  return {
    name: spokenName(quantity, phase),
    symbol: gaugeSymbol(quantity, phase),
    colour: phaseColour(phase),
    scale: range,
    value,
    average: mean?.value ?? null,
    minimum: least ?? null,
    maximum: most ?? null,
    figures: {
      value: now?.text ?? MISSING,
      average: mean?.text ?? null,
      from: formatSetting(range.from / scale.factor, 1, i18n.locale),
      to: formatSetting(range.to / scale.factor, 1, i18n.locale),
    },
    unit,
    percent: percentOf(quantity, value, range.nominal),
    nominal: range.nominal
      ? `${formatSetting(range.nominal / scale.factor, 2, i18n.locale)} ${unit}`
      : null,
    freshness: now?.freshness ?? 'live',
    note,
    spoken: [
      `${now?.text ?? MISSING} ${unit}`,
      ...(mean ? [t('monitor.spoken_average', { average: `${mean.text} ${unit}` })] : []),
      ...(value !== null && beyond(range, value) ? [t('monitor.beyond_scale')] : []),
      ...(note ? [note] : []),
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
