import { cardsFor } from '../../cards.ts';
import { loadConfig } from '../../config.ts';
import { languageSchema } from '../../pipeline/language-schema.ts';
import { pipelineReference } from './reference.ts';

/** The files of `docs/` that are made from the code. */
export function generatedFiles(): readonly { readonly name: string; readonly text: string }[] {
  const cards = cardsFor(loadConfig({}));
  return [
    { name: 'pipeline.schema.json', text: `${JSON.stringify(languageSchema(), null, 2)}\n` },
    { name: 'pipeline-reference.md', text: pipelineReference(cards) },
  ];
}
