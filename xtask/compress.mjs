// Writes FILE.gz and FILE.br beside each file of a folder that gains by it, unless they are newer than the file.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXT = /\.(css|html|ico|js|json|mjs|svg|txt|wasm|webmanifest|xml)$/;
const OWN = new Set(["manifest.json"]);
// Below this, headers weigh more than what is saved.
const SMALLEST = 256;

const brotli = (content) =>
  brotliCompressSync(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
const gzip = (content) => gzipSync(content, { level: constants.Z_BEST_COMPRESSION });

const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

const [folder] = process.argv.slice(2);
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !TEXT.test(entry.name) || OWN.has(entry.name)) continue;
  const file = join(entry.parentPath ?? entry.path, entry.name);
  const content = readFileSync(file);
  if (content.length < SMALLEST) continue;
  for (const [ending, encode] of [["gz", gzip], ["br", brotli]]) {
    const target = `${file}.${ending}`;
    if (modified(target) <= modified(file)) writeFileSync(target, encode(content));
  }
}
