/** Why a goal is missed, by its id; printed beside it as long as it is. */
export const REASONS: Readonly<Record<string, string>> = {};
