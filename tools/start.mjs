import { install, run } from './install.mjs';

process.exitCode = await run(install(), ['tools/start/main.ts', ...process.argv.slice(2)]);
