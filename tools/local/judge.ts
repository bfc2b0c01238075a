/** `node tools/local/judge.ts <folder>` fails if a machine of the template there would not run here as it does on AWS. */
import { judgeDefinition } from './machine/check.ts';
import { readAssembly } from './template/assembly.ts';

const [directory = ''] = process.argv.slice(2);
for (const { definition } of readAssembly(directory).stateMachines) judgeDefinition(definition);
