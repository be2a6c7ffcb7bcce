/** A path, and the name of one file or folder in it, in bytes. */
const PATH_BYTES_MAX = 1000;
const NAME_BYTES_MAX = 255;

/** Why a path cannot lead to a file below a folder, as the second half of a sentence; undefined when it can. */
export function pathFault(path: string): string | undefined {
  if (/\p{Cc}/u.test(path)) return 'it holds control characters';
  if (path.includes('\\')) return 'folders are divided by "/", not by backslashes';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'it must be relative';
  const parts = path.split('/');
  if (parts.includes('..')) return '".." is not allowed';
  if (parts.some((part) => bytesOf(part) > NAME_BYTES_MAX)) return `a name has at most ${NAME_BYTES_MAX} bytes`;
  if (bytesOf(path) > PATH_BYTES_MAX) return `a path has at most ${PATH_BYTES_MAX} bytes`;
  return parts.every((part) => part === '' || part === '.') ? 'it names no file' : undefined;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
