/** What a vendor says went wrong: its own code, which may be empty, and its words. */
export interface VendorError {
  readonly code: string;
  readonly message: string;
}

/** Vendors write `{ error: { message, code, type } }`, `{ error: message }`, or, behind a proxy, no JSON at all. */
export function readVendorError(body: string): VendorError {
  const whole = parsed(body);
  const error = fieldOf(whole, 'error') ?? whole;
  const code = fieldOf(error, 'code') ?? fieldOf(error, 'type');
  const message = fieldOf(error, 'message') ?? error;
  return { code: typeof code === 'string' ? code : '', message: typeof message === 'string' ? message : body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A field of what may be anything. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
