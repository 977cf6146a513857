import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const brotli = promisify(brotliCompress);
const gz = promisify(gzip);

/** Text worth compressing; fonts and pictures are compressed already. */
const TEXT = /\.(html|js|css|json|svg|webmanifest)$/;
/** Below this a compressed copy saves less than one network packet. */
const SMALLEST_BYTES = 512;

/**
 * Lays a `.br` and a `.gz` copy beside each text file of the build, so that the server never
 * compresses while it answers. `index.html` is left out: the server rewrites its base path.
 */
export function precompress(): Plugin {
  let folder = 'dist';
  return {
    name: 'precompress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = await readdir(folder, { recursive: true });
      await Promise.all(
        files
          .filter((file) => TEXT.test(file) && file !== 'index.html')
          .map((file) => compress(join(folder, file))),
      );
    },
  };
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path);
  if (text.length < SMALLEST_BYTES) return;
  await Promise.all([
    brotli(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).then((packed) =>
      writeFile(`${path}.br`, packed),
    ),
    gz(text, { level: 9 }).then((packed) => writeFile(`${path}.gz`, packed)),
  ]);
}
