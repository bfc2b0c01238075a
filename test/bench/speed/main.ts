/**
 * `npm run bench:speed` computes how long a copy takes and what it costs at each speed, and with other sizes of Lambdas. It
 * is a model with the planning, the batches and the lanes of Partway, and with the network that AWS documents. It writes the
 * table and the picture of docs/limits-and-cost.md. `-- --print` writes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { GiB, sizeText, TiB } from '../../../functions/transfer/values/sizes.ts';
import { type Speed, speedNames, speeds } from '../../../functions/transfer/values/speeds.ts';
import { drawSpeeds, type Point } from './draw.ts';
import { type Assumed, copyAt } from './model.ts';

const sizes = [GiB, 100 * GiB, 5 * TiB];
// Measured with TLS on both sides and a CRC32, on an Intel Xeon, and the same on a core that is 1.6 times as slow.
const onXeon: Assumed = { cpuSecondsAGiB: 3, lambdas: 40 };
const onSlowCore: Assumed = { cpuSecondsAGiB: 4.8, lambdas: 40 };
const memories = [512, 640, 768, 1024, 1536, 2048, 3072, 4096, 5120, 6144, 7168, 8192, 9216, 10_240];

const page = new URL('../../../docs/limits-and-cost.md', import.meta.url);
const picture = new URL('../../../docs/speed.svg', import.meta.url);

function rowOf(speed: Speed): string {
  const facts = speeds[speed];
  const cells = sizes.flatMap((bytes) => {
    const [fast, slow] = [onXeon, onSlowCore].map((assumed) => copyAt(bytes, speed, facts, assumed));
    return [between(timeText, fast?.seconds, slow?.seconds), between(usdText, fast?.usd, slow?.usd)];
  });
  return `| \`${speed}\` | ${facts.copyingMiB} MB | ${cells.join(' | ')} |`;
}

function between(text: (value: number) => string, one = 0, other = 0): string {
  return text(one) === text(other) ? text(one) : `${text(one)} to ${text(other)}`;
}

function timeText(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s` : `${(seconds / 60).toFixed(1)} min`;
}

function usdText(usd: number): string {
  return usd.toPrecision(2);
}

/** The same object with Lambdas of all sizes. Small ones have four parts at once, large ones sixteen. */
function curve(objectBytes: number, assumed: Assumed): Point[] {
  return memories.map((copyingMiB) => {
    const speed = copyingMiB > 2048 ? 'fast' : 'balanced';
    const { seconds, usd } = copyAt(objectBytes, speed, { ...speeds[speed], copyingMiB }, assumed);
    return { copyingMiB, seconds, usd };
  });
}

const head = sizes.flatMap((bytes) => [sizeText(bytes), 'USD']);
const table = [
  `| speed | memory | ${head.join(' | ')} |`,
  `| --- | --- | ${head.map(() => '---').join(' | ')} |`,
  ...speedNames.map(rowOf),
].join('\n');
console.log(table);
if (!process.argv.includes('--print')) {
  writeFileSync(picture, drawSpeeds({ onXeon: curve(5 * TiB, onXeon), onSlowCore: curve(5 * TiB, onSlowCore) }));
  const marks = /(<!-- npm run bench:speed -->\n)[\s\S]*?(\n<!-- end of speed -->)/;
  const text = readFileSync(page, 'utf8');
  if (!marks.test(text)) throw new Error('docs/limits-and-cost.md has lost the marks of npm run bench:speed.');
  writeFileSync(
    page,
    text.replace(marks, (_, before, after) => `${before}\n${table}\n${after}`),
  );
}
