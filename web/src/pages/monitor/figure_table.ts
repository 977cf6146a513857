import { plainNumber, UNSCALED } from '$lib/format';
import { t } from '$lib/i18n/index.svelte';
import {
  phaseName,
  quantityName,
  quantitySymbol,
  statisticsOf,
  unitSymbol,
  type MeasurandRow,
  type Statistic,
} from '$lib/measurand';
import { columnTitle, extremesText, isExtreme } from './columns';
import type { PanelScales } from './scales.svelte';
import type { TableText } from './table_text';
import { noteText } from './words';
import type { PointView } from './view.svelte';

/** The table as it stands on the page, for a person's spreadsheet: same units, same language. */
export function shownTable(
  view: PointView,
  rows: readonly MeasurandRow[],
  panel: PanelScales,
): TableText {
  return tableOf(view, rows, (row, statistic) => {
    const cell = row.cells[statistic];
    const scale = panel.of(row.quantity);
    const lasts = isExtreme(statistic);
    const figure = cell && view.figure(cell, row.quantity, scale, lasts);
    return {
      // A spreadsheet takes a thin space for text.
      figure:
        typeof figure?.value !== 'number'
          ? ''
          : figure.text.replaceAll('\u202f', '').replace('−', '-'),
      time: cell ? view.moment(view.latest(cell)?.occurred_at ?? null) : '',
      unit: figure?.unit,
    };
  });
}

/** The table for programs: canonical units, all decimals of the register, instants in UTC. */
export function exactTable(view: PointView, rows: readonly MeasurandRow[]): TableText {
  return tableOf(view, rows, (row, statistic) => {
    const cell = row.cells[statistic];
    const figure = cell && view.figure(cell, row.quantity, UNSCALED, isExtreme(statistic));
    const occurred = (cell && view.latest(cell)?.occurred_at) ?? null;
    return {
      figure: plainNumber(figure?.value, cell?.decimals ?? 0),
      time: occurred === null ? '' : new Date(occurred).toISOString(),
      unit: unitSymbol(row.quantity),
    };
  });
}

type Part = { figure: string; time: string; unit: string | undefined };

function tableOf(
  view: PointView,
  rows: readonly MeasurandRow[],
  part: (row: MeasurandRow, statistic: Statistic) => Part,
): TableText {
  const statistics = statisticsOf(rows);
  return {
    header: [
      t('monitor.column.quantity'),
      t('monitor.column.phase'),
      t('monitor.column.unit'),
      ...statistics.flatMap((statistic) => {
        const column = columnTitle(statistic);
        return isExtreme(statistic) ? [column, t('monitor.column.at_of', { column })] : [column];
      }),
      t('monitor.column.note'),
    ],
    rows: rows.map((row) => {
      const parts = statistics.map((statistic) => part(row, statistic));
      const symbol = quantitySymbol(row.quantity, row.phase);
      return [
        [quantityName(row.quantity), symbol ? symbol.base + symbol.sub : ''].join(' ').trim(),
        phaseName(row.quantity, row.phase),
        parts.find(({ unit }) => unit !== undefined)?.unit ?? '',
        ...statistics.flatMap((statistic, index) => {
          const { figure = '', time = '' } = parts[index] ?? {};
          return isExtreme(statistic) ? [figure, time] : [figure];
        }),
        [noteText(view.note(row)), extremesText([row])].filter(Boolean).join(', '),
      ];
    }),
  };
}
