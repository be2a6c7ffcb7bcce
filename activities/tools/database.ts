/** A database that the worker's operator has named. */
export interface Database {
  /** `postgres://…`, with the password. */
  readonly url: string;
  readonly isWritable: boolean;
}

/** What of it must be told to nobody: the address with all that is in it, and the password as it is and as it is written there. */
export function secretsOfDatabase({ url }: Database): readonly string[] {
  const { password } = new URL(url);
  return [url, password, decodeURIComponent(password)].filter((text) => text !== '');
}
