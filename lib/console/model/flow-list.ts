/** Finding flows in their list. Pure. */

interface Listed {
  readonly id: string;
  readonly description?: string | undefined;
  readonly connection: string;
  readonly provider: string;
}

/** Those in which every word is found somewhere, whatever the case. */
export function findFlows<Flow extends Listed>(flows: readonly Flow[], text: string): readonly Flow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return flows;
  return flows.filter(({ id, description = '', connection, provider }) => {
    const all = `${id} ${description} ${connection} ${provider}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
