import type { Command } from 'commander';
import type { Act } from './session.ts';

/** Adds a command to what it belongs to; `args` is what follows its name. */
export type AddCommand = (parent: Command, act: Act, args: readonly string[]) => void | Promise<void>;

/** By name, in the order of the help. */
export type Commands = Readonly<Record<string, () => Promise<AddCommand>>>;

/** Adds the command that is asked for, or all of them. What one needs takes its time to load: the others do without it. */
export async function addCommands(
  commands: Commands,
  parent: Command,
  { act, args }: { readonly act: Act; readonly args: readonly string[] },
): Promise<void> {
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const asked = Object.entries(commands).filter(([name]) => name === args[at]);
  const adds = asked.length > 0 ? asked : Object.entries(commands);
  const loaded = await Promise.all(adds.map(([, load]) => load()));
  for (const add of loaded) await add(parent, act, args.slice(at + 1));
}
