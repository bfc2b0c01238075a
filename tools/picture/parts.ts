import type { Resource } from '../local/template/template.ts';

/** The resources of a template. Readers take them type by type, so that the resources that nobody read are left. */
export type Parts = {
  take(type: string): readonly Resource[];
  /** The only resource of a type. Throws if there is none, or another one. */
  takeOne(type: string): Resource;
  /** Throws for resources that no reader has taken: the picture would lack them. */
  refuseLeftOver(): void;
};

export function partsOf(resources: ReadonlyMap<string, Resource>): Parts {
  const taken = new Set<string>();
  const take = (type: string) => {
    taken.add(type);
    return [...resources.values()].filter((resource) => resource.type === type);
  };
  return {
    take,
    takeOne: (type) => {
      const [only, ...others] = take(type);
      if (!only || others.length > 0)
        throw new Error(`The picture has room for one ${type}, and the template has ${only ? others.length + 1 : 0}.`);
      return only;
    },
    refuseLeftOver: () => {
      const left = [...resources.values()].filter(({ type }) => !taken.has(type));
      if (left.length > 0)
        throw new Error(`The picture does not show: ${left.map(({ logicalId, type }) => `${logicalId} (${type})`)}.`);
    },
  };
}
