import type { ErrorObject } from 'ajv/dist/2020.js';

/**
 * The errors that say something. When a value is none of several alternatives, ajv tells what keeps it from being
 * each; of these only the one that was meant is of interest, if that can be told. What `isMoot` is as good as mended.
 */
export function saying(
  errors: readonly ErrorObject[],
  isMoot: (error: ErrorObject) => boolean,
): readonly ErrorObject[] {
  const unions = errors.filter(({ keyword }) => UNIONS.has(keyword));
  const outer = errors.filter((error) => !isMoot(error) && !unions.some((union) => isPartOf(error, union)));
  return outer.flatMap((error) => {
    if (!UNIONS.has(error.keyword)) return [error];
    const branches = branchesOf(error, errors);
    if (branches.some((branch) => branch.every(isMoot))) return [];
    const meant = meantBranch(error, branches);
    return meant === undefined ? [error] : saying(meant, isMoot);
  });
}

const UNIONS: ReadonlySet<string> = new Set(['anyOf', 'oneOf']);
/** What tells that a value is another alternative altogether, and what tells that it may well be. */
const OTHER_KIND: ReadonlySet<string> = new Set(['type', 'const']);
const OTHER_KEYS: ReadonlySet<string> = new Set(['required', 'additionalProperties']);

function isPartOf({ schemaPath }: ErrorObject, union: ErrorObject): boolean {
  return schemaPath.startsWith(`${union.schemaPath}/`);
}

type Branch = readonly ErrorObject[];

/** The errors of each alternative. */
function branchesOf(union: ErrorObject, errors: readonly ErrorObject[]): readonly Branch[] {
  const parts = errors.filter((error) => isPartOf(error, union));
  return [...Map.groupBy(parts, (part) => part.schemaPath.slice(union.schemaPath.length + 1).split('/')[0]).values()];
}

/** The one alternative whose kind the value has, or else whose keys it has. */
function meantBranch({ instancePath }: ErrorObject, branches: readonly Branch[]): Branch | undefined {
  const lacks = (keywords: ReadonlySet<string>) => (branch: Branch) =>
    !branch.some((error) => keywords.has(error.keyword) && error.instancePath === instancePath);
  const ofKind = branches.filter(lacks(OTHER_KIND));
  if (ofKind.length === 1) return ofKind[0];
  const ofKeys = ofKind.filter(lacks(OTHER_KEYS));
  return ofKeys.length === 1 ? ofKeys[0] : undefined;
}
