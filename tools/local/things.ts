/** What has been opened, to be closed in the opposite order. */
export type Things = {
  hold<T>(thing: T, close: (thing: T) => Promise<void> | void): T;
  close(): Promise<void>;
};

export function openThings(): Things {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    hold: (thing, close) => {
      closers.unshift(() => close(thing));
      return thing;
    },
    close: async () => {
      for (const closer of closers.splice(0)) await closer();
    },
  };
}
