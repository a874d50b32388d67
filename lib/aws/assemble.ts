/** Objects whose parts are built when they are first asked for. */

/** How to build each part; each is built once, when first used. */
export type Makers<Parts> = { readonly [Name in keyof Parts]: () => Parts[Name] };

export function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export function assemble<Parts extends object>(makers: Makers<Parts>): Parts {
  const parts = Object.entries<() => unknown>(makers).map(([name, make]) => [
    name,
    { get: once(make), enumerable: true },
  ]);
  return Object.defineProperties({}, Object.fromEntries(parts)) as Parts;
}
