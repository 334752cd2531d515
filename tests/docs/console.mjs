// The console blocks of a Markdown page: lines that begin with "$ " are commands, what follows is their output.

/** @returns {{ command: string, output: string, start: number, end: number }[]} places are offsets of the output in the page */
export function consoleBlocks(markdown) {
  const found = [];
  for (const block of markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    const begin = block.index + "```console\n".length;
    for (const part of block[1].matchAll(/^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const start = begin + part.index + part[0].length - part[2].length;
      found.push({ command: part[1].replaceAll("\\\n", " "), output: part[2], start, end: start + part[2].length });
    }
  }
  return found;
}

/** What differs from run to run, made the same. */
export function steady(text) {
  return text
    .replace(/\b[0-9a-f]{16}-[0-9a-f]{8}\b/g, "5f0c2a9be1d34c77-00000001")
    .replace(/"supabase_ms":\d+(\.\d+)?/g, '"supabase_ms":4.0')
    .replace(/^age: \d+$/gim, "age: 0");
}
