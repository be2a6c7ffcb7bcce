import type { Verdict, Vote } from './result.ts';

/** A verdict before it has the name of its check. */
export type Judged = Omit<Verdict, 'check'>;

/**
 * What votes say together, of which there is at least one: their median, which decides against `pass`. Whether a vote
 * is for or against is told by its score in the same way, so no verdict can contradict what it is made of.
 */
export function countVotes(votes: readonly Vote[], pass: number): Judged {
  const score = median(votes.map((vote) => vote.score));
  const inFavour = votes.filter((vote) => vote.score >= pass).length;
  const agreement = rounded(Math.max(inFavour, votes.length - inFavour) / votes.length);
  const passed = score >= pass;
  return { passed, score, reason: reasonOf(votes, { score, agreement, pass }), agreement, votes: votes.map(shown) };
}

/** Of an even number of votes the mean of the two in the middle. */
function median(scores: readonly number[]): number {
  const sorted = scores.toSorted((one, other) => one - other);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return rounded(middle.reduce((sum, score) => sum + score, 0) / middle.length);
}

/** Sums of decimals are not exact: 0.1 + 0.2 is more than 0.3. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

interface Counted {
  readonly score: number;
  readonly agreement: number;
  readonly pass: number;
}

function reasonOf(votes: readonly Vote[], { score, agreement, pass }: Counted): string {
  const wanted = `at least ${pass} is wanted`;
  const [only, another] = votes.map(shown) as [Vote, Vote?];
  if (another === undefined) return `The judge gives ${score}, ${wanted}: ${JSON.stringify(only.reason)}`;
  const said = votes.map(shown).map((vote) => `${vote.score} ${JSON.stringify(vote.reason)}`);
  const share = Math.round(agreement * 100);
  return `The median of ${votes.length} votes is ${score}, ${wanted}; ${share} % agree: ${said.join(', ')}`;
}

const REASON_CHARACTERS = 160;

/** A verdict enters history, and its reason may be sent to models. */
function shown({ model, score, reason }: Vote): Vote {
  const text = reason.replaceAll(/\s+/gu, ' ').trim();
  const characters = Array.from(text);
  const short = characters.length <= REASON_CHARACTERS ? text : `${characters.slice(0, REASON_CHARACTERS).join('')}…`;
  return { model, score, reason: short };
}
