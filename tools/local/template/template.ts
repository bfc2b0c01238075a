import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asObject, asString, isObject, type JsonObject } from '../../json.ts';

export type Resource = { readonly logicalId: string; readonly type: string; readonly properties: JsonObject };

/** A stack as `cdk synth` wrote it: its template and its assets. */
export type Template = {
  readonly stackName: string;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly mappings: JsonObject;
  readonly parameters: JsonObject;
  /** The folder or file in cdk.out for a key in the assets' bucket. */
  readonly assetPath: (objectKey: string) => string;
};

const STACK_ARTIFACT = 'aws:cloudformation:stack';

export function readTemplate(directory: string, stackName?: string): Template {
  const manifest = readJson(directory, 'manifest.json');
  const stacks = Object.entries(asObject(manifest.artifacts, 'manifest.json: artifacts')).filter(
    ([, artifact]) => isObject(artifact) && artifact.type === STACK_ARTIFACT,
  );
  const names = stacks.map(([name]) => name);
  const wanted = stackName ?? (names.length === 1 ? names[0] : undefined);
  const [name, artifact] = stacks.find(([each]) => each === wanted) ?? [];
  if (name === undefined) {
    throw new Error(`${directory} has the stacks ${names.join(', ') || '(none)'}; name one of them`);
  }
  const properties = asObject(asObject(artifact, name).properties, `${name}: properties`);
  const template = readJson(directory, asString(properties.templateFile, `${name}: templateFile`));
  return {
    stackName: name,
    resources: readResources(template),
    mappings: asObject(template.Mappings ?? {}, 'Mappings'),
    parameters: asObject(template.Parameters ?? {}, 'Parameters'),
    assetPath: assetFinder(directory, name),
  };
}

function readJson(directory: string, file: string): JsonObject {
  return asObject(JSON.parse(readFileSync(join(directory, file), 'utf8')), file);
}

function readResources(template: JsonObject): Map<string, Resource> {
  const entries = Object.entries(asObject(template.Resources ?? {}, 'Resources'));
  return new Map(
    entries.map(([logicalId, value]) => {
      const resource = asObject(value, logicalId);
      const properties = asObject(resource.Properties ?? {}, `${logicalId}: Properties`);
      return [logicalId, { logicalId, type: asString(resource.Type, `${logicalId}: Type`), properties }];
    }),
  );
}

function assetFinder(directory: string, stackName: string): (objectKey: string) => string {
  const files = asObject(readJson(directory, `${stackName}.assets.json`).files, 'assets: files');
  const pathByKey = new Map<string, string>();
  for (const [id, file] of Object.entries(files)) {
    const { source, destinations } = asObject(file, id);
    const path = asObject(source, `${id}: source`).path;
    for (const destination of Object.values(asObject(destinations, `${id}: destinations`))) {
      if (typeof path === 'string') pathByKey.set(String(asObject(destination, id).objectKey), join(directory, path));
    }
  }
  return (objectKey) => {
    const path = pathByKey.get(objectKey);
    if (path === undefined) throw new Error(`${stackName}.assets.json names no asset with the key ${objectKey}`);
    return path;
  };
}
