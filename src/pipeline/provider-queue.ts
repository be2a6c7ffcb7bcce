/** Every provider has a task queue of its own, so that one that is slow or limited holds up no other call. */
export const PROVIDER_NAMES = ['anthropic', 'openai', 'ollama'] as const;

export type ProviderName = (typeof PROVIDER_NAMES)[number];

/**
 * The task queue of a provider's calls, beside the one of the runs. What is asked of a provider that does not exist
 * stays with the runs, whose workers say so.
 */
export function providerQueue(taskQueue: string, provider: string): string {
  return isProviderName(provider) ? `${taskQueue}/${provider}` : taskQueue;
}

function isProviderName(name: string): name is ProviderName {
  return (PROVIDER_NAMES as readonly string[]).includes(name);
}
