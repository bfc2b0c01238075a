import { App, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { describe, expect, it } from 'vitest';
import { Partway, type PartwayProps } from '../../infra/partway.ts';
import { synthesized } from './app.ts';

const endpoints = [{ name: 'aws', provider: 'aws', region: 'eu-central-1', allow: ['films'] }];
const watched = { endpoint: 'aws', bucket: 'films', into: { endpoint: 'aws', bucket: 'films', keyPrefix: 'copies/' } };

/** JavaScript callers may give anything. */
const construct = (props: unknown) => new Partway(new Stack(new App(), 'Stack'), 'Partway', props as PartwayProps);

describe('The properties of the construct', () => {
  it.each([
    ['a property', { endpoints, ingests: [watched] }, '`ingests` is not a field'],
    ['a field of ingest', { endpoints, ingest: [{ ...watched, prefx: 'in/' }] }, '`ingest.0.prefx` is not a field'],
    [
      'a field of the place that ingest copies into',
      { endpoints, ingest: [{ ...watched, into: { ...watched.into, keyprefix: 'x/' } }] },
      '`ingest.0.into.keyprefix` is not a field',
    ],
    ['a field of sweep', { endpoints, sweep: { pushDay: 3 } }, '`sweep.pushDay` is not a field'],
    ['a field of urlPolicy', { endpoints, urlPolicy: { allowHttps: true } }, '`urlPolicy.allowHttps` is not a field'],
  ])('name a misspelt one: %s', (_what, props, why) => {
    expect(() => construct(props)).toThrow(`The properties of Partway cannot be accepted: ${why}`);
  });

  it('give the functions that copy the memory of a speed, and refuse a speed that does not exist', () => {
    const sizes = (speed?: PartwayProps['speed']) => {
      const { template } = synthesized(speed === undefined ? {} : { speed });
      const functions = Object.values(template.findResources('AWS::Lambda::Function'));
      const copying = functions.filter(({ Properties }) => Properties.Timeout === 900 && Properties.MemorySize !== 256);
      const told = functions.map(({ Properties }) => Properties.Environment?.Variables?.PARTWAY_COPYING_MIB);
      return [
        copying.length,
        ...new Set(copying.map(({ Properties }) => Properties.MemorySize)),
        told.includes('1024'),
      ];
    };
    expect(sizes()).toEqual([3, 1024, true]);
    expect(sizes('economy')).toEqual([3, 768, false]);
    expect(sizes('fast')).toEqual([3, 8192, false]);
    expect(() => construct({ endpoints, speed: 'turbo' })).toThrow(/`speed`.*turbo/);
  });

  it('have at least one endpoint', () => {
    expect(() => construct({ endpoints: [] })).toThrow('`endpoints`: it takes at least one endpoint');
    expect(() => construct({})).toThrow('`endpoints` is missing');
  });

  it('may be known only after the deployment', () => {
    const stack = new Stack(new App(), 'Stack');
    const { bucketName } = new Bucket(stack, 'Films');
    const arriving = { endpoint: 'aws', bucket: bucketName, into: { ...watched.into, keyPrefix: 'copies/' } };
    const other = { name: 'other', provider: 'aws', region: 'eu-central-1', allow: [bucketName] };
    const props = { endpoints: [...endpoints, other], ingest: [{ ...arriving, endpoint: 'other' }] };
    expect(() => new Partway(stack, 'Partway', props)).not.toThrow();
  });
});
