import { adopt } from './adopt.ts';
import { carried, requestedAttributes, taggedSource } from './carried.ts';
import type { Case } from './case.ts';
import { checked } from './checked.ts';
import { acls, classes } from './classes-and-acls.ts';
import { described, empty, multipart, oneRequest, resume } from './copies.ts';
import { planned } from './plans.ts';
import { ownChecksum, wrongChecksum } from './proofs.ts';
import { pushedDamage, pushedFile, pushedMd5, pushedStream, pushedWhole } from './pushes.ts';
import { rotten, verified } from './read-backs.ts';
import { addressed, guarded, limits, never, repaired, sessions, wrongKeys } from './refusals.ts';
import { brokenPromise, serverCopy } from './server-copies.ts';
import { changing, slowSource, source } from './sources.ts';
import { abort, listsParts, listsUploads, lost, lostAnswer, readBack, throttled } from './uploads.ts';

export const cases: readonly Case[] = [
  ...[oneRequest, multipart, empty, resume, adopt, readBack, described],
  ...[verified, rotten],
  ...[pushedWhole, pushedFile, pushedStream, pushedMd5, pushedDamage],
  ...[listsParts, listsUploads, abort, lost, lostAnswer, throttled],
  ...[ownChecksum, wrongChecksum],
  ...[planned, never, guarded, classes, acls, wrongKeys, repaired, addressed, sessions, limits, checked],
  ...[source, changing, slowSource],
  ...[carried, requestedAttributes, taggedSource],
  ...[serverCopy, brokenPromise],
];
