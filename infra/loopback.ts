/** The part of a configuration that matters here. */
interface Connections {
  readonly connections: Readonly<Record<string, { readonly baseUrl: string }>>;
}

/** Connections that only this machine can reach; a configuration allows `http` for nothing else. */
export function loopbackConnections({ connections }: Connections): readonly string[] {
  return Object.entries(connections)
    .filter(([, { baseUrl }]) => new URL(baseUrl).protocol !== 'https:')
    .map(([id]) => id);
}
