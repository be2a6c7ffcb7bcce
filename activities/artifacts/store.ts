/** Where large values and records live. Every name is scoped to a tenant; two tenants never see each other's bytes. */
export interface ArtifactStore {
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
