import { bestSpin, countedRounds } from './quiet.ts';
import type { Recording, Round } from './record.ts';
import { median } from './statistics.ts';

/** Two recordings side by side: medians of every figure that both have, and how the new one relates to the old one. */
export function compareRecordings(old: Recording, recent: Recording): string {
  const [before, after] = [figuresOf(old), figuresOf(recent)];
  const rows = [...before].flatMap(([name, value]) => {
    const other = after.get(name);
    if (other === undefined) return [];
    const ratio = value === 0 ? '–' : (other / value).toFixed(2);
    return [`| ${name} | ${value.toFixed(2)} | ${other.toFixed(2)} | ${ratio} |`];
  });
  const head = `| scenario, lane, what | ${old.header.commit} | ${recent.header.commit} | new ÷ old |`;
  return [head, '|---|---|---|---|', ...rows].join('\n');
}

function figuresOf({ rounds }: Recording): Map<string, number> {
  const best = bestSpin(rounds);
  const samples = new Map<string, number[]>();
  for (const [, ofScenario] of Map.groupBy(rounds, ({ scenario }) => scenario)) {
    for (const round of countedRounds(ofScenario, best).counted) addSamples(samples, round);
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

function addSamples(samples: Map<string, number[]>, { scenario, lanes }: Round): void {
  for (const [lane, measured] of Object.entries(lanes)) {
    for (const [metric, values] of Object.entries(measured.samples)) {
      const name = `${scenario}, ${lane}, ${metric}`;
      samples.set(name, [...(samples.get(name) ?? []), ...values]);
    }
  }
}
