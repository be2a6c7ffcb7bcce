import { anthropic } from './anthropic.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import type { ProviderDefinition } from './provider.ts';

/** Every provider that a pipeline may name. */
export const providers: readonly ProviderDefinition[] = [anthropic, openai, ollama];
