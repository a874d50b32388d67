/** Keys by which the API knows a request that it has had already. Pure but for the key that is made. */

export interface RequestKeys {
  /** The same request, sent again after a lost answer or by a second click, has the same key. */
  keyFor(request: object): string;
  /** It was answered: what is sent from now on is meant anew. */
  renew(): void;
}

export function createRequestKeys(newKey: () => string): RequestKeys {
  const keys = new Map<string, string>();
  return {
    keyFor(request) {
      const text = JSON.stringify(request);
      const key = keys.get(text) ?? newKey();
      keys.set(text, key);
      return key;
    },
    renew: () => keys.clear(),
  };
}
