/** Runs Plan once: plan-process.ts <url of the table> <bytes of the object> <transfer> <execution>. Prints JSON. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamodbCheckpoints } from '../../../functions/adapters/dynamodb/checkpoints.ts';
import { systemClock } from '../../../functions/adapters/system-clock.ts';
import { planStep } from '../../../functions/engine/steps.ts';
import { recordedPart, scaleWorld } from './scale-world.ts';

const [endpoint = '', objectBytes = '', transferId = '', arn = ''] = process.argv.slice(2);
const client = new DynamoDBClient({ endpoint });
const checkpoints = dynamodbCheckpoints('checkpoints', systemClock, client);
// The first call opens the connection, as an earlier call of a warm Lambda would have done.
const plan = (await checkpoints.read(transferId))?.plan;
if (!plan) throw new Error('The transfer has no plan.');
const { w, store } = scaleWorld(Number(objectBytes), { checkpoints, clock: systemClock });
// A first Plan also compares the rows with the store's list. Without rows it plans these parts again.
const listed = Array.from({ length: plan.partCount - 1 }, (_, index) => recordedPart(plan, index + 1));
w.faults.target = () => ({ ...store.target, listParts: async () => listed });

// As Initiate hands it on.
const input = { next: 'plan', history: { events: 10, assumed: 0, redriveCount: 0 } };
const startedMs = performance.now();
const output = await planStep(w.ports)({ transferId, input, execution: { arn, redriveCount: 0 } });
const ms = performance.now() - startedMs;
const batches = 'batches' in output ? output.batches : [];
const missing = batches.reduce((sum, { firstPart, lastPart }) => sum + lastPart + 1 - firstPart, 0);
console.log(JSON.stringify({ ms, missing, residentBytes: process.resourceUsage().maxRSS * 1024 }));
client.destroy();
