/** Where large values and records live. Every name is scoped to a tenant; two tenants never see each other's bytes. */
export interface ArtifactStore extends LogStore {
  /** Stays the same for the same storage: workers on several hosts compare it at start. */
  id(): Promise<string>;
  /** Keeps bytes under their sha256 (hex), atomically; the same bytes twice cost nothing. Throws `STORE_UNAVAILABLE`. */
  put(tenant: string, bytes: Uint8Array): Promise<string>;
  /** Throws `ARTIFACT_MISSING` when nobody put them, or when they no longer match their sha256. */
  get(tenant: string, sha256: string): Promise<Uint8Array>;
  /** Creates a named entry (`records/<id>.json`); false, and no change, when it exists already. */
  create(tenant: string, name: string, bytes: Uint8Array): Promise<boolean>;
  /** The bytes of a named entry, or undefined. */
  read(tenant: string, name: string): Promise<Uint8Array | undefined>;
  /** The names of the entries that begin with `prefix`, newest first. */
  list(tenant: string, prefix: string): Promise<readonly string[]>;
}

/**
 * Texts that grow while somebody reads them. They are for the moment: nothing waits until they are on a disk, and what
 * was added last may be lost with the power.
 */
export interface LogStore {
  /** Adds bytes to the end of a log, all of them at once. Throws `STORE_UNAVAILABLE`. */
  append(tenant: string, name: string, bytes: Uint8Array): Promise<void>;
  /** What a log has from a byte on; undefined when there is no such log. */
  readLog(tenant: string, name: string, from: number): Promise<Uint8Array | undefined>;
  /** The names of the logs in a folder, in no order. */
  listLogs(tenant: string, folder: string): Promise<readonly string[]>;
  /** Forgets the logs in a folder. */
  dropLogs(tenant: string, folder: string): Promise<void>;
}
