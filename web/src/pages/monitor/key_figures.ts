import { atAGlance, formatNumber, formatSetting } from '$lib/format';
import { i18n, t } from '$lib/i18n/index.svelte';
import { quantitySymbol, type MeasurandRow, type Phase, type Quantity } from '$lib/measurand';
import type { KeyFigure } from './KeyFigures.svelte';
import type { PanelScales } from './scales.svelte';
import type { DetailView } from './view.svelte';

/** Finds figures of a synthesis among its rows and says what is known about each. */
export class KeyFigureMaker {
  constructor(
    readonly view: DetailView,
    readonly rows: readonly MeasurandRow[],
    readonly panel: PanelScales,
  ) {}

  /** The instantaneous value of the first of these that the device gives. */
  first(
    wanted: readonly (readonly [Quantity, Phase])[],
    label: string,
    contextOf: (value: number | null, quantity: Quantity) => string = () => '',
  ): KeyFigure[] {
    for (const [quantity, phase] of wanted) {
      const row = this.rows.find((row) => row.quantity === quantity && row.phase === phase);
      const cell = row?.cells.instant;
      if (!cell) continue;
      const figure = this.view.figure(cell, quantity, atAGlance(this.panel.of(quantity)), false);
      return [
        {
          key: cell.key,
          label,
          sub: quantity === 'i' && phase !== 'sys' ? phase : '',
          figure,
          context: contextOf(figure.value, quantity),
          note: this.view.note({ ...row, cells: { instant: cell } }),
        },
      ];
    }
    return [];
  }

  /** The value of now, in the canonical unit. */
  value(quantity: Quantity, phase: Phase): number | null {
    return this.first([[quantity, phase]], '')[0]?.figure.value ?? null;
  }

  /** "tan φ 0.24". */
  text(quantity: Quantity, phase: Phase): string {
    const [found] = this.first([[quantity, phase]], '');
    if (!found || found.figure.value === null) return '';
    const symbol = quantitySymbol(quantity, phase)?.base ?? '';
    return `${symbol} ${found.figure.text}`;
  }
}

/** "76 % of 125 A", "99.7 % of 230 V", or what is nominal while there is no value. */
export function shareOf(
  value: number | null,
  nominal: number | null | undefined,
  write: (nominal: number) => string,
  decimals = 0,
): string {
  if (!nominal) return '';
  if (value === null) return t('monitor.nominal', { nominal: write(nominal) });
  const share = `${formatNumber((100 * Math.abs(value)) / nominal, decimals, i18n.locale)}\u00a0%`;
  return t('monitor.share_of', { share, nominal: write(nominal) });
}

/** "50 Hz": a value that is set, not measured. */
export function settingText(value: number, unit: string): string {
  return `${formatSetting(value, i18n.locale)}\u00a0${unit}`;
}

/** "nominal 50 Hz". */
export function nominalText(nominal: number | null | undefined, unit: string): string {
  return nominal ? t('monitor.nominal', { nominal: settingText(nominal, unit) }) : '';
}
