/** A table as text: what is copied into a spreadsheet and what is saved as a file. */
export interface TableText {
  header: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Rows for the clipboard: a spreadsheet takes tabs as its columns. */
export function toTsv({ header, rows }: TableText): string {
  return [header, ...rows].map((row) => row.map(oneLine).join('\t')).join('\n');
}

/** RFC 4180, with the mark by which spreadsheets know UTF-8. */
export function toCsv({ header, rows }: TableText): string {
  const line = (row: readonly string[]) => row.map(quote).join(',');
  return `\uFEFF${[header, ...rows].map(line).join('\r\n')}\r\n`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
