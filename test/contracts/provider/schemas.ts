import { expect, it } from 'vitest';
import type { ProviderVariant } from './variant.ts';

/** What a provider's schemas owe whoever writes a configuration. */
export function describeSchemas({ definition, settings = {}, target, credentials, badTargets }: ProviderVariant): void {
  it.each([
    ['settings', definition.settings, settings],
    ['target', definition.target, target],
    ['credentials', definition.credentials, credentials],
  ] as const)('refuses a key in its %s that it does not know, since a slip would change nothing', (_, schema, good) => {
    expect(schema.safeParse(good).success).toBe(true);
    expect(schema.safeParse({ ...good, surprise: 1 }).success).toBe(false);
  });

  it('has a default for every setting', () => {
    expect(definition.settings.safeParse({}).success).toBe(true);
  });

  it.each(badTargets)('refuses a target that would lead elsewhere: %j', (bad) => {
    expect(definition.target.safeParse({ ...target, ...bad }).success).toBe(false);
  });

  it.each(['', 'key\r\nx: y', 'key\n', 'k\u0000y'])(
    'refuses a key that cannot be sent, without repeating it: %j',
    (text) => {
      const broken = Object.fromEntries(Object.keys(credentials).map((name) => [name, text]));
      const use = () => {
        const parsed = definition.credentials.parse(broken);
        return definition.auth(parsed, definition.settings.parse(settings));
      };
      if (text !== '') expect(messageOf(use)).not.toContain(text);
      else expect(use).toThrow();
    },
  );
}

function messageOf(use: () => unknown): string {
  try {
    use();
    return '';
  } catch (error) {
    return String(error);
  }
}
