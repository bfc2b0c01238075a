// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the replaced texts of the product contain templates.
/** One deliberate fault of the product, as exact replacements of text. The file must have `before` exactly once. */
export type Mutation = { readonly name: string; readonly edits: readonly Edit[] };
export type Edit = { readonly file: string; readonly before: string; readonly after: string };

const engine = (name: string) => `functions/engine/${name}.ts`;
const one = (name: string, file: string, before: string, after: string): Mutation => ({
  name,
  edits: [{ file, before, after }],
});

export const mutations: readonly Mutation[] = [
  {
    name: 'each Initiate pins the source anew',
    edits: [
      { file: engine('stores/source-pin'), before: 'if (pinned && (', after: 'if (pinned && Number.isNaN(0) && (' },
      {
        file: engine('stores/source-pin'),
        before: '  return pinned ?? facts;\n}',
        after: '  return facts;\n}',
      },
      {
        file: engine('initiate/initiate'),
        before: 'if (transfer.plan) return transfer;',
        after:
          'if (transfer.plan) return ports.checkpoints.change(transfer.transferId, (now) => ({ ...now, source }));',
      },
    ],
  },
  one(
    'what the store copied is not held against the source',
    engine('plan/plan-round'),
    '    await holdCopiesToPin(ports, transfer, copied);\n',
    '',
  ),
  one(
    'a refusal to copy is not streamed',
    engine('stores/store-copies'),
    'if (signal.aborted || !isRefusal(error)) throw error;',
    'if (!refusal) throw error;',
  ),
  one('a redrive does not forgive', engine('claim/claim'), '    noted: undefined,\n', ''),
  one('patience does not begin anew', engine('claim/claim'), '    progressAtMs: nowMs,\n    idleRounds: 0,\n', ''),
  one(
    'ListParts is not asked',
    engine('stores/reconcile'),
    'if (!plan || uploadId === undefined) return parts;',
    'if (parts) return parts;',
  ),
  one(
    'a part is recorded before the target has answered',
    engine('batch/copy-parts'),
    '  const { answer, measured } = await retryPart(',
    "  await ports.checkpoints.recordPart(transfer.transferId, uploadOf(transfer), { partNumber, bytes: partLength(plan, partNumber), etag: 'soon', crc32: 0, round: transfer.round });\n  const { answer, measured } = await retryPart(",
  ),
  one(
    'the first part of a batch is sent again',
    engine('batch/copy-parts'),
    'return all.filter((partNumber) => !there.has(partNumber));',
    'return all.filter((partNumber) => !there.has(partNumber) || partNumber === batch.firstPart);',
  ),
  one(
    'Complete completes what it has',
    engine('complete/complete-transfer'),
    'if (parts.length !== plan?.partCount) {',
    'if (parts.length === 0) {',
  ),
  one(
    'an object that is there is taken for ours after NoSuchUpload',
    engine('complete/complete-transfer'),
    'if (present && isOurs(transfer, present) && parts',
    'if (present && parts',
  ),
  one(
    'NoSuchUpload after Complete begins another upload blindly',
    engine('complete/complete-transfer'),
    'if (present && isOurs(transfer, present) && parts',
    'if (present && transfer.round < 0 && parts',
  ),
  one(
    'Plan takes a completed upload for lost',
    engine('plan/plan-round'),
    "    if (isOurs(transfer, await lookBeforeGivingUp(ports, target, transfer))) return 'completed';\n",
    '',
  ),
  one(
    'a locked key is written all the same',
    engine('initiate/initiate'),
    '  if (!owner) return;',
    '  if (!owner || owner.transferId) return;',
  ),
  {
    name: 'an aborted transfer keeps its lock',
    edits: [
      {
        file: engine('ending/abort-upload'),
        before: '  await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);\n',
        after: '',
      },
      {
        file: engine('ending/settle-transfer'),
        before:
          '  if (isFinal(transfer.state)) {\n    await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);\n',
        after: '  if (isFinal(transfer.state)) {\n',
      },
    ],
  },
  {
    name: 'a copied transfer keeps its lock when it is completed twice',
    edits: [
      {
        file: engine('complete/complete-transfer'),
        before: "if (transfer.state === 'copied') return releaseKey(ports, transfer);",
        after: "if (transfer.state === 'copied') return { transferId, next: 'nothing' };",
      },
      {
        file: engine('ending/settle-transfer'),
        before:
          '  if (isFinal(transfer.state)) {\n    await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);\n',
        after: '  if (isFinal(transfer.state)) {\n',
      },
    ],
  },
  one(
    'a lock of a transfer that is over is for ever',
    engine('claim/target-lock'),
    'if (other && !isFinal(other.state)) return other;',
    'if (other) return other;',
  ),
  one(
    'a late call copies',
    engine('batch/copy-batch'),
    'return isFinal(transfer.state) || transfer.round !== round || isStopped;',
    'return round < 0 && isFinal(transfer.state) && isStopped;',
  ),
  one(
    'Plan does not mind a cancel',
    engine('claim/refuse-to-go-on'),
    "transfer.state !== 'copied' && (transfer.cancelRequested || transfer.state === 'aborted')",
    "transfer.state === 'aborted'",
  ),
  one('a zombie revives what is over', engine('plan/begin-round'), '    refuseToRevive(now, arn);\n', ''),
  one(
    'Abort aborts once and does not look',
    engine('ending/abort-upload'),
    "if (seen === 'gone' ||",
    'if (tries === 1 ||',
  ),
  one(
    'uploads are lost without end',
    engine('initiate/begin-upload'),
    '  if (transfer.uploadsBegun - transfer.uploadsForgiven >= UPLOADS_MAX) {',
    '  if (UPLOADS_MAX < 0) {',
  ),
  one(
    'an upload that was not written down is left behind',
    engine('initiate/begin-upload'),
    '  if (recorded.uploadId !== uploadId) await target.abortUpload(transfer.request.target, uploadId);\n',
    '',
  ),
  one(
    'an upload that is given up is left open',
    engine('stores/reconcile'),
    '  await abortWhatIsLeft(ports, transfer);\n',
    '',
  ),
  one(
    'rows of parts are not filed by upload',
    'functions/transfer/transfer.ts',
    'return transfer.uploadId ?? `whole-${transfer.sourceRestarts}`;',
    'return `whole-${transfer.sourceRestarts}`;',
  ),
  one(
    "another transfer's object counts as ours",
    engine('stores/target-rules'),
    'present.metadata[TRANSFER_ID_METADATA] === transfer.transferId && present.bytes',
    'present.bytes',
  ),
  one(
    'what is read back is not compared',
    engine('batch/read-back'),
    '  if (found === expected) return found;',
    '  if (found !== undefined) return found;',
  ),
  one(
    'a part is called read back before it was read',
    engine('batch/read-back'),
    '  const crc32 = await retryPart(retrying, () => compare(work, stores, part));',
    '  const crc32 = part.crc32 ?? (await retryPart(retrying, () => compare(work, stores, part)));',
  ),
  one(
    'reading back ends with the first round',
    engine('complete/complete-transfer'),
    'if (readsBack && !isAllReadBack',
    'if (readsBack && !transfer.readingBack && !isAllReadBack',
  ),
  one(
    'Plan takes a completed object for one that is being copied',
    engine('plan/plan-round'),
    '    if (transfer.readingBack) return planReadBack(ports, transfer, attempt);\n',
    '',
  ),
  one(
    'damage that was found is forgotten',
    engine('stores/look-at-target'),
    "'differs' in found ? found.differs : await whyMistrusted(ports, transfer, present)",
    "'differs' in found ? found.differs : undefined",
  ),
  one(
    'patience never ends',
    'functions/transfer/budgets/patience.ts',
    '  if (idleSeconds >= patienceSeconds) return undefined;\n',
    '',
  ),
  one(
    'a running owner is ignored',
    engine('claim/claim'),
    '  if (await isDrivenByAnother(ports, transfer, execution)) return undefined;\n',
    '',
  ),
  one(
    'any request with a known key gets the known transfer',
    engine('calls/start-transfer'),
    'const isSame = fingerprint(scrubbed(known.request)) === fingerprint(scrubbed(request));',
    'const isSame = fingerprint(scrubbed(known.request)) !== fingerprint(scrubbed(request)) || true;',
  ),
  {
    name: 'Settle overwrites how a transfer ended',
    edits: [
      { file: engine('ending/settle-transfer'), before: 'isFinal(known.state) ? known : await', after: 'await' },
      {
        file: engine('ending/settle-transfer'),
        before: 'if (isFinal(now.state) || !hasSameDriver',
        after: 'if (!hasSameDriver',
      },
    ],
  },
  one(
    'the MD5 of a part is not compared',
    engine('batch/relay'),
    'answer.etag.toLowerCase() !== measured.md5',
    'answer.etag === undefined',
  ),
  one(
    'a name that was used up is asked for again',
    engine('claim/begin-execution'),
    'if (await executions.start(`${transferId}-${number}`, { transferId })) return;',
    'await executions.start(`${transferId}-${number}`, { transferId });\n    return;',
  ),
  one(
    'a report that fails ends the Lambda',
    engine('batch/batch-ledger'),
    "      log('a report could not be written', nameAndMessage(error));\n",
    '      throw error;\n',
  ),
  one(
    'the machine does not answer a lost upload',
    'infra/transfer-workflow.ts',
    "      step.addCatch(initiate, { errors: errorsWithRemedy('replan'), resultPath: FAILURE });",
    "      step.addCatch(aborted, { errors: ['Nothing'], resultPath: FAILURE });",
  ),
  {
    name: 'a full history is not noticed',
    edits: [
      {
        file: engine('plan/history-room'),
        before: 'return hasRoomFor(now.events, next) ? wanted : undefined;',
        after: 'return wanted;',
      },
      {
        file: engine('plan/history-room'),
        before: 'return count > 0 ? wanted.slice(0, count) : undefined;',
        after: 'return count < 0 ? undefined : wanted;',
      },
    ],
  },
  one(
    'the retries of a batch are left out of the history',
    'functions/transfer/budgets/history.ts',
    'exactly(EVENTS_AN_ITERATION + task(retries))',
    'exactly(EVENTS_AN_ITERATION + task(0))',
  ),
  one(
    'a redrive is left out of the history',
    'functions/transfer/budgets/history.ts',
    '    atMost(redrives * EVENTS_OF_A_REDRIVE_MAX, redrives * EVENTS_OF_A_REDRIVE_MIN),\n',
    '',
  ),
  one(
    'beginning again is left out of the history',
    'functions/transfer/budgets/history.ts',
    "atMost('failure' in fields ? EVENTS_OF_BEGINNING_AGAIN_MAX : 0, 0)",
    'exactly(0)',
  ),
  one(
    'what decides is tried for half a minute while Lambda has no room',
    'functions/transfer/messages.ts',
    'OUTAGE_RETRIES_MAX = 240',
    'OUTAGE_RETRIES_MAX = 6',
  ),
  one(
    'what decides is not tried again while Lambda has no room',
    'infra/transfer-workflow.ts',
    'step.addRetry(whileLambdaIsOut).addRetry(soon(notRetried));',
    'step.addRetry(soon(notRetried));',
  ),
  one(
    'the time in which Lambda has no room is held against the stores',
    'functions/transfer/budgets/idleness.ts',
    'if (!handedOut) return nowMs - partAtMs;',
    'if (!handedOut || partAtMs > 0) return nowMs - partAtMs;',
  ),
  one(
    'a client sends a part again that the API did not hear of',
    'tools/client/push.ts',
    'sending.sent ??= await transmit(',
    'sending.sent = await transmit(',
  ),
  one(
    'an upload that the store lost under a client is held on to',
    engine('push/lost-upload'),
    '  await forgetUpload(ports, transfer);\n',
    '',
  ),
  one(
    'a push is finished with parts that are missing',
    engine('plan/plan-round'),
    '    refuseMissingParts(transfer, plan, copied);\n',
    '',
  ),
  one(
    'what a client has read is not compared with what it sent',
    engine('complete/complete-transfer'),
    '    refuseOtherThanSource(transfer, parts);\n',
    '',
  ),
];
