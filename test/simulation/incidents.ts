import type { Chance } from './chance.ts';
import type { People } from './people.ts';
import { type Incident, isPushed, type Scenario, type Wish } from './scenario.ts';
import type { World } from './world.ts';

/** Writes the objects that exist when the world begins. */
export function furnish(world: World, { wish, rival, isThereBefore }: Scenario): void {
  putSource(world, wish.sourceKey, wish.bytes);
  if (rival.sourceKey !== wish.sourceKey) putSource(world, rival.sourceKey, rival.bytes);
  const write = writeAt(wish.request.target.key, {});
  if (isThereBefore) world.target.put(write, Buffer.from('what was there before'));
}

/** Somebody starts a transfer to each of these keys in the console. */
export function furnishLast(world: World, people: People, places: readonly string[]): void {
  putSource(world, 'x3', 100);
  for (const place of places) {
    const target = { endpoint: 'b', bucket: 'data', key: place.replace('data/', '') };
    const request = { source: { endpoint: 'a', bucket: 'data', key: 'x3' }, target };
    people.ask({ sourceKey: 'x3', bytes: 100, partBytes: 100, request, way: 'console', idempotencyKey: '' });
  }
}

/** Resumes failed transfers again and again until the world heals, whether that helps or not. */
export function keepResuming(world: World, people: People, everyMs: number): void {
  world.scheduler.after(everyMs, () => {
    if (world.scheduler.sinceMs() >= world.weather.healsAtMs) return;
    for (const { transfer } of world.table.headers.values())
      if (transfer.state === 'failed') people.resume(transfer.transferId);
    keepResuming(world, people, everyMs);
  });
}

/** Writes a new generation of a source object. The model remembers all generations. */
export function putSource(world: World, key: string, bytes: number): void {
  putContent(world, key, Buffer.from(Array.from({ length: bytes }, () => world.chance.whole(0, 255))));
}

function putContent({ source, model }: World, key: string, content: Buffer): void {
  const { etag } = source.put(writeAt(key, { colour: 'blue' }), content);
  if (model.generations.has(key)) model.changedSources.add(key);
  const generations = model.generations.get(key) ?? new Map<string, Buffer>();
  model.generations.set(key, generations.set(etag, content));
}

function writeAt(key: string, metadata: Record<string, string>) {
  const target = { endpoint: 'a', bucket: 'data', key };
  return { target, headers: {}, metadata, storageClass: undefined, onlyIfAbsent: false };
}

/** Makes one incident happen. */
export function happen(world: World, people: People, scenario: Scenario, { kind }: Incident): void {
  world.trace.note('the world', `${kind}`);
  const ids = [...world.table.headers.keys()];
  const some = ids.length > 0 ? world.chance.pick(ids) : undefined;
  if (kind === 'stop') people.stop();
  else if (kind === 'redrive') people.redrive();
  else if (kind === 'again') people.ask(scenario.wish);
  else if (kind === 'rival') people.ask(scenario.rival);
  else if (kind === 'lose uploads') loseUploads(world);
  else if (kind === 'lose uploads again and again') keepLosingUploads(world, world.chance.whole(4, 40));
  else if (kind === 'lose parts') loseParts(world, world.chance);
  else if (kind === 'change the source') changeSource(world, scenario.wish);
  else if (kind === 'take the source away') takeSourceAway(world, scenario.wish);
  else if (some !== undefined) people[kind](some);
}

/** Removes all open uploads, as a lifecycle rule or a clean-up job does. */
function loseUploads({ target }: World): void {
  target.uploads.clear();
}

function keepLosingUploads(world: World, times: number): void {
  loseUploads(world);
  if (times > 0) world.scheduler.after(world.chance.magnitude(200, 60_000), () => keepLosingUploads(world, times - 1));
}

function loseParts({ target }: World, chance: Chance): void {
  for (const { parts } of target.uploads.values())
    for (const partNumber of [...parts.keys()]) if (chance.happens(0.3)) parts.delete(partNumber);
}

/** Changes the source of a push, or of a copy that verifies its source. Without that check a mixture is allowed. */
function changeSource(world: World, wish: Wish): void {
  const { sourceKey, request, partBytes } = wish;
  const present = world.source.objects.get(sourceKey);
  if (!present) return;
  if (isPushed(wish)) changeInside(world, sourceKey, present.bytes);
  else if (request.verifySource !== false) putSource(world, sourceKey, world.chance.whole(0, 40 * partBytes));
}

/** Changes a byte inside a pushed file. Its length and edges stay, so this is the same push with other bytes. */
function changeInside(world: World, key: string, before: Buffer): void {
  if (before.length < 3) return;
  const content = Buffer.from(before);
  content[world.chance.whole(1, before.length - 2)]! ^= 1;
  putContent(world, key, content);
}

function takeSourceAway({ source, scheduler, chance, trace, model, weather }: World, wish: Wish): void {
  const { sourceKey: key } = wish;
  const object = source.objects.get(key);
  if (!object || isPushed(wish)) return; // A client that has opened a file can still read it after it was removed.
  source.objects.delete(key);
  model.changedSources.add(key);
  const leftMs = weather.healsAtMs - scheduler.sinceMs();
  scheduler.after(Math.min(leftMs, chance.magnitude(1000, 12 * 3_600_000)), () => {
    trace.note('the world', 'brings the source back');
    if (!source.objects.has(key)) source.objects.set(key, object);
  });
}
