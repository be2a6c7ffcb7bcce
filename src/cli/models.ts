import type { Command } from 'commander';
import { addModelList } from './models/list.ts';
import { addPrice } from './models/price.ts';
import type { Act } from './session.ts';

export function addModels(program: Command, act: Act): void {
  const models = program.command('models').description('See what is known of models, and what their calls cost.');
  addModelList(models, act);
  addPrice(models, act);
}
