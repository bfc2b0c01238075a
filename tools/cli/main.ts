import { ownVersion } from '../programs/programs.ts';

// The rest takes longer to load than Node itself, and the version needs none of it.
const isVersion = process.argv.length === 3 && process.argv[2] === '--version';
if (isVersion) process.stdout.write(`${ownVersion()}\n`);
else await import('./run.ts');
