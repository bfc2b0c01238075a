import { createRequire } from 'node:module';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { errors } from '../../functions/transfer/errors.ts';
import {
  BATCH_OUTAGE_RETRIES_MAX,
  OUTAGE_RETRIES_MAX,
  QUEUED_RETRIES_MAX,
  RETRIES_MAX,
} from '../../functions/transfer/messages.ts';
import { lambdaFailures, lambdaOutages } from '../../infra/lambda-failures.ts';
import { checkDefinition } from '../../tools/local/machine/check.ts';
import { synthesizedMachine } from '../synthesized.ts';

// This package is CommonJS and has no types for ESM. The extension for VS Code loads it in the same way.
const { getLanguageService } = createRequire(import.meta.url)('amazon-states-language-service');

type State = {
  Type: string;
  Resource?: string;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[]; MaxAttempts: number; MaxDelaySeconds: number }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  MaxConcurrencyPath?: string;
  ItemProcessor?: { States: Record<string, State> };
};

const { definition } = synthesizedMachine();
const states = Object.entries((definition as { States: Record<string, State> }).States);
const every = [...states, ...states.flatMap(([, state]) => Object.entries(state.ItemProcessor?.States ?? {}))];
const tasks = every.filter(([, state]) => state.Type === 'Task');

describe('The state machine', () => {
  it('is the one in the golden file', async () => {
    // Function names contain hashes of their paths, which tell a reader nothing.
    const text = JSON.stringify(definition, null, 2).replace(/Functions([a-z]+)[0-9A-F]{8}/g, 'Functions-$1');
    await expect(`${text}\n`).toMatchFileSnapshot('machine.golden.json');
  });

  it('passes both validators', async () => {
    const result = aslValidator(definition, { checkPaths: true, checkArn: true });
    expect(result.errorsText('\n')).toBe('');
    const service = getLanguageService({});
    const document = TextDocument.create('x://machine.asl', 'asl', 1, JSON.stringify(definition));
    expect(await service.doValidation(document, service.parseJSONDocument(document))).toEqual([]);
  });

  it('uses only features that this computer runs as AWS does', () => {
    expect(() => checkDefinition(definition)).not.toThrow();
  });

  it('gives every task a time-out', () => {
    expect(tasks.filter(([, state]) => !state.TimeoutSeconds)).toEqual([]);
  });

  it("retries Lambda's own failures in every task, and runs at most 40 batches at once", () => {
    for (const [name, { Retry }] of tasks)
      expect([name, Retry?.flatMap(({ ErrorEquals }) => ErrorEquals)]).toEqual([
        name,
        expect.arrayContaining([...lambdaFailures, ...lambdaOutages]),
      ]);
    const maps = states.filter(([, state]) => state.Type === 'Map');
    expect(maps.map(([, { MaxConcurrencyPath }]) => MaxConcurrencyPath)).toEqual([
      '$.batchesAtOnce',
      '$.batchesAtOnce',
    ]);
  });

  it('tries a function that cannot start or that crashes only for a minute, because an hour would not help', () => {
    for (const [name, { Retry }] of tasks)
      for (const error of lambdaFailures) {
        const retriers = Retry?.filter(({ ErrorEquals }) => ErrorEquals.includes(error));
        expect([name, retriers]).toEqual([
          name,
          [expect.objectContaining({ MaxAttempts: RETRIES_MAX, MaxDelaySeconds: 60 })],
        ]);
      }
  });

  it('retries as often as the computation of its history assumes', () => {
    const attempts = (state: State) => state.Retry?.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
    const expected: Record<string, number> = {
      Initiate: RETRIES_MAX + OUTAGE_RETRIES_MAX + QUEUED_RETRIES_MAX,
      'Copy a batch': RETRIES_MAX + BATCH_OUTAGE_RETRIES_MAX,
      'Read a batch back': RETRIES_MAX + BATCH_OUTAGE_RETRIES_MAX,
    };
    for (const [name, state] of tasks)
      expect([name, attempts(state)]).toEqual([name, expected[name] ?? RETRIES_MAX + OUTAGE_RETRIES_MAX]);
  });

  it('catches States.ALL alone and last, and only where the next round repairs the failure', () => {
    const catchAlls = every.filter(([, state]) =>
      state.Catch?.some(({ ErrorEquals }) => ErrorEquals.includes('States.ALL')),
    );
    expect(catchAlls.map(([name]) => name).toSorted()).toEqual(['Copy a batch', 'Copy whole', 'Read a batch back']);
    for (const [, state] of catchAlls) expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
  });

  it('does not catch errors that a person must repair, so that Redrive continues there', () => {
    const caught = states
      .filter(([name]) => name !== 'Copy whole')
      .flatMap(([, state]) => state.Catch?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? []);
    const remedies = new Set(caught.map((name) => errors[name as keyof typeof errors].remedy));
    expect([...remedies].toSorted()).toEqual(['abort', 'refuse', 'replan', 'retry']);
    expect(caught.filter((name) => errors[name as keyof typeof errors].remedy === 'refuse')).toEqual([
      'TargetExists',
      'TargetExists',
    ]);
    for (const map of ['Copy the parts', 'Read the parts back']) {
      expect(states.find(([name]) => name === map)?.[1].Type).toBe('Map');
      expect(states.find(([name]) => name === map)?.[1].Catch).toBeUndefined();
      expect(states.find(([name]) => name === map)?.[1].Retry).toBeUndefined();
    }
  });
});
