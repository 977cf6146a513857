import { api, send } from './client';

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
