import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import type { IngestProps, PartwayProps } from '../../infra/partway.ts';
import { synthesized } from './app.ts';

describe('A rule', () => {
  const { template } = synthesized();

  it('watches a bucket by prefix and suffix, stars taken literally, and hands the event on whole', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.s3'],
        'detail-type': ['Object Created'],
        detail: { bucket: { name: ['incoming'] }, object: { key: [{ wildcard: 'out\\*/*.bam' }] } },
      },
      Targets: [
        Match.objectLike({
          InputTransformer: {
            InputPathsMap: { detail: '$.detail' },
            InputTemplate: Match.stringLikeRegexp('^\\{"arrived":<detail>,"into":\\{'),
          },
        }),
      ],
    });
  });
});

describe('Ingest', () => {
  const synth = (ingest: IngestProps[], endpoints?: PartwayProps['endpoints']) => () =>
    synthesized({ ingest, ...(endpoints ? { endpoints } : {}) });
  const into = (bucket: string, keyPrefix = '', endpoint = 'aws') => ({ endpoint, bucket, keyPrefix });
  const store = { provider: 'aws', region: 'x', allow: ['incoming', 'raw'] };
  const other = { ...store, name: 'other', url: 'https://s3.amazonaws.com' };

  it.each([
    ['its own bucket', [{ endpoint: 'aws', bucket: 'incoming', into: into('incoming') }]],
    [
      'a longer prefix of its own bucket',
      [{ endpoint: 'aws', bucket: 'incoming', prefix: 'a/', into: into('incoming', 'a/b/') }],
    ],
    [
      'a shorter prefix of its own bucket',
      [{ endpoint: 'aws', bucket: 'incoming', prefix: 'a/b/', into: into('incoming', 'a/') }],
    ],
    [
      'a bucket that leads back',
      [
        { endpoint: 'aws', bucket: 'incoming', into: into('raw') },
        { endpoint: 'aws', bucket: 'raw', into: into('incoming') },
      ],
    ],
  ])('into %s is refused at synth', (_what, ingest) => {
    expect(synth(ingest)).toThrow(/circle.*copied for ever/);
  });

  it('into its own bucket by another name of the same store is refused too', () => {
    const endpoints = [
      { ...store, name: 'aws' },
      { ...store, name: 'alias' },
    ];
    expect(synth([{ endpoint: 'aws', bucket: 'incoming', into: into('incoming', '', 'alias') }], endpoints)).toThrow(
      /circle/,
    );
  });

  it('into another prefix of its bucket, or a bucket of the same name elsewhere, is taken', () => {
    const endpoints = [{ ...store, name: 'aws' }, other];
    expect(
      synth([{ endpoint: 'aws', bucket: 'incoming', prefix: 'in/', into: into('incoming', 'out/') }]),
    ).not.toThrow();
    expect(
      synth([{ endpoint: 'aws', bucket: 'incoming', into: into('incoming', '', 'other') }], endpoints),
    ).not.toThrow();
  });

  it('of an endpoint that is not declared is refused at synth', () => {
    expect(synth([{ endpoint: 'nowhere', bucket: 'x', into: into('raw') }])).toThrow(/"nowhere"/);
  });
});
