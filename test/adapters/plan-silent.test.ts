import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { listeningInTest } from '../serving.ts';
import { putSource, requestFor } from '../workflow/request.ts';
import { world } from '../workflow/world.ts';

it('A plan names the target that does not answer, before the caller’s time is over', async () => {
  const w = world();
  putSource(w, 4096);
  // It takes connections and never answers, like a store behind a broken firewall.
  const { url } = await listeningInTest(createServer());
  const endpoint = { name: 'b', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['data'] };
  const client = s3Client(endpoint, profiles.aws, { accessKeyId: 'key', secretAccessKey: 'secret' });
  const target = s3Target(client, profiles.aws);
  const ports = { ...w.ports, target: async () => target, deadlineMs: () => Date.now() + 3000 };
  await expect(explainTransfer(ports)(requestFor())).rejects.toMatchObject({
    name: 'Unreachable',
    message: expect.stringMatching(/^b:data\/y did not answer within \d+ s\.$/),
  });
  client.destroy();
});
