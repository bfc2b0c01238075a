/** `node tools/picture/main.ts` writes docs/deployed.svg from the synthesized template of partway.example.json. */
import { writeFileSync } from 'node:fs';
import { draw } from './draw.ts';
import { exampleTemplate } from './example.ts';
import { readDeployment } from './read-deployment.ts';

const picture = draw(readDeployment(await exampleTemplate()));
writeFileSync(new URL('../../docs/deployed.svg', import.meta.url), picture);
