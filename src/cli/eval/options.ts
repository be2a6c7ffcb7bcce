import { InvalidArgumentError } from 'commander';

/** Reads a whole number of an option. */
export function whole(min: number, max: number): (text: string) => number {
  return numberWhere((value) => Number.isInteger(value) && value >= min && value <= max, {
    allowed: `whole numbers from ${min} to ${max}`,
  });
}

const USD_MAX = 1_000_000;

export const dollars = numberWhere((value) => value > 0 && value <= USD_MAX, {
  allowed: `numbers above 0 and up to ${USD_MAX}`,
});

export const share = numberWhere((value) => value >= 0 && value <= 1, { allowed: 'numbers from 0 to 1' });

function numberWhere(
  isAllowed: (value: number) => boolean,
  { allowed }: { readonly allowed: string },
): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (isAllowed(value)) return value;
    throw new InvalidArgumentError(`Allowed are ${allowed}.`);
  };
}
