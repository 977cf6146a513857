/** Hands a text to the browser as a file to keep, named after `parts`. */
export function saveFile(
  parts: readonly string[],
  extension: string,
  text: string,
  type: string,
): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = fileName(parts, extension);
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A file name that every system takes, from names that people typed. */
export function fileName(parts: readonly string[], extension: string): string {
  const name = parts
    .map((part) => part.replace(/[\\/:*?"<>|\s]+/g, ' ').trim())
    .filter(Boolean)
    .join(' - ');
  return `${name}.${extension}`;
}
