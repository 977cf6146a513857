import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/** What a browser may have to fetch as script before the log-in page answers. */
const FIRST_LOAD_KB = 60;
/** What one page may add when it is opened first. */
const ROUTE_KB = 80;

/** Fails the build when the script of the first load, or of one lazy chunk, outgrows its budget. */
export function firstLoadBudget(): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const first = firstLoad(chunks);
      const kilobytes = (names: Iterable<string>) =>
        [...names].reduce((sum, name) => sum + sizeKb(chunks, name), 0);

      const total = kilobytes(first);
      this.info(`first load: ${total.toFixed(1)} kB gz script in ${first.size} files`);
      if (total > FIRST_LOAD_KB) {
        this.error(`first load is ${total.toFixed(1)} kB gz, the budget is ${FIRST_LOAD_KB}`);
      }
      for (const chunk of chunks) {
        const size = sizeKb(chunks, chunk.fileName);
        if (size > ROUTE_KB) {
          this.error(`${chunk.fileName} is ${size.toFixed(1)} kB gz, the budget is ${ROUTE_KB}`);
        }
      }
    },
  };
}

/** The log-in page is what a new browser sees, so its chunk counts as first load too. */
const FIRST_PAGES = /pages\/login\/Login\.svelte$/;

function firstLoad(chunks: Rollup.OutputChunk[]): Set<string> {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    byName.get(name)?.imports.forEach(visit);
  };
  for (const chunk of chunks) {
    if (chunk.isEntry || FIRST_PAGES.test(chunk.facadeModuleId ?? '')) visit(chunk.fileName);
  }
  return seen;
}

function sizeKb(chunks: Rollup.OutputChunk[], name: string): number {
  const chunk = chunks.find((candidate) => candidate.fileName === name);
  return chunk ? gzipSync(chunk.code, { level: 9 }).length / 1000 : 0;
}
