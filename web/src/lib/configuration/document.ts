/** The configuration as a document: fetched, counted, and put in force. */
import { api, send } from '$lib/api/client';

/** How many sources and points a document declares. */
export interface Counts {
  sources: number;
  points: number;
}

/** Replaces the whole installation by the document in `text`, which the server checks. */
export async function putConfiguration(text: string): Promise<void> {
  await send(
    api.PUT('/api/v1/configuration', {
      body: text as never,
      // Sent as it was written, so that the server's complaints name the lines of the file.
      bodySerializer: () => text,
      headers: { 'content-type': 'application/json' },
    }),
  );
}

/** The document in force, laid out for a person and for a comparison line by line. */
export async function fetchConfiguration(): Promise<string> {
  const document = await send(api.GET('/api/v1/configuration'));
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What the document in `text` declares; `null` for what no server would take for a document. */
export function countsOf(text: string): Counts | null {
  try {
    const document = JSON.parse(text) as { sources?: unknown; points?: unknown } | null;
    if (typeof document !== 'object' || document === null) return null;
    return { sources: length(document.sources), points: length(document.points) };
  } catch {
    return null;
  }
}

function length(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
