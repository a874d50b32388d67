/** Platforms as their makers write them. */
const NAMES: Readonly<Record<string, string>> = {
  bryter: 'BRYTER',
  'smart-flows': 'Smart Flows',
  phixflow: 'PhixFlow',
  'assist-edge': 'AssistEdge',
  invision: 'InVision',
};

export function platformName(provider: string): string {
  return NAMES[provider] ?? provider;
}
