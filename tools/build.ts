/**
 * `node tools/build.ts` builds what a stack on this computer runs: the Lambdas and the template. Other builds are made
 * when they are named. What was made of the present files stays.
 */
import { bundleFunctions } from './build/functions.ts';
import type { BuildName } from './build/keys.ts';
import { bundleLibrary } from './build/library.ts';
import { make, type Write } from './build/make.ts';
import { writeNotices } from './build/notices.ts';
import { bundlePrograms } from './build/programs.ts';
import { judgeTemplate, synthesizeTemplate } from './build/template.ts';
import { configOf } from './settings/embedded.ts';

/** In this order: the template names the Lambdas' bundles, and so does the library. */
const writers: Record<BuildName, Write> = {
  functions: bundleFunctions,
  stack: async (directory) => {
    await make('functions', bundleFunctions); // the template has the hashes of the bundles
    await synthesizeTemplate(directory, configOf());
    await judgeTemplate(directory);
    return [];
  },
  programs: bundlePrograms,
  library: bundleLibrary,
};
const builds = Object.entries(writers) as [BuildName, Write][];

const asked = process.argv.slice(2);
const isPackage = asked.includes('package');
for (const [name, write] of builds) {
  const isAsked = asked.length === 0 ? name === 'functions' || name === 'stack' : asked.includes(name);
  if (isAsked || isPackage) await make(name, write);
}
if (isPackage) writeNotices(builds.map(([name]) => name));
