// The console blocks of a Markdown page: lines that begin with "$ " are commands, what follows is their output.

/** @returns {{ command: string, output: string, start: number, end: number }[]} places are offsets of the output in the page */
export function consoleBlocks(markdown) {
  const found = [];
  for (const block of markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    const begin = block.index + "```console\n".length;
    for (const part of block[1].matchAll(/^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)/gm)) {
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
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "0b54ad4c-6d2f-4d3c-9a77-0d8f0a1f5d11")
    .replace(/\b[0-9a-f]{64}\b/g, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
    .replace(/"(\w+_at)":"[^"]*Z"/g, '"$1":"2026-11-25T12:00:00.000Z"')
    .replace(/"(size|fuel|fuelConsumed|memory_bytes|memoryUsedBytes)":\d+/g, '"$1":100000')
    .replace(/"(duration_ms|executionTimeMs)":\d+(\.\d+)?/g, '"$1":4')
    .replace(/"(cache_hit|cacheHit|warm)":\w+/g, '"$1":true')
    .replace(/"supabase_ms":\d+(\.\d+)?/g, '"supabase_ms":4.0')
    .replace(/^age: \d+$/gim, "age: 0");
}
