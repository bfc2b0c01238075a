/** The app that `cdk deploy` runs: one stack, as partway.json (or `-c config=<path>`) describes it. */
import { App, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgeFindings } from './acknowledgements.ts';
import { Partway } from './partway.ts';
import { readStackConfig } from './stack-config.ts';

const app = new App();
const stack = new Stack(app, 'Partway', { description: 'Partway: resumable transfers into S3-compatible stores' });
const config = readStackConfig(stack, app.node.tryGetContext('config') ?? 'partway.json');
const partway = new Partway(stack, 'Partway', config);

// A computer synthesizes the same stack after each change of its sources. The checks run in `npm test` and `cdk deploy`.
if (app.node.tryGetContext('nag') !== 'off') {
  acknowledgeFindings(partway, config.endpoints);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app, { verbose: true }));
}
