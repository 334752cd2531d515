/// <reference path="page/bench.d.ts" />
// Runs the browser databases side by side in one page of one Chromium.
import { startSite } from "../../scripts/site/server.mjs";
import { startProfile } from "../../tests/browser/chromium.mjs";
import { verdict } from "../harness/markdown.mjs";
import { keep } from "../harness/results.mjs";
import { quantile } from "../harness/statistics.mjs";
import { contenders as all } from "./contenders.mjs";
import { measureHandOver } from "./handover.mjs";
import { pack } from "./pack.mjs";
import { measureMemory } from "./memory.mjs";
import { EXPECTED } from "./page/durability.mjs";
import { amounts } from "./page/measures.mjs";
import { durabilityTable, ratio, timeTable } from "./table.mjs";

const AGAINST = "sqlite-wasm";
const FOLDERS = ["bench", "build", "js", "node_modules"];

/** What one contender answered differently from the first, as sentences. */
export function disagreements(round) {
  const found = [];
  const [[first, base]] = round;
  for (const [name, { results }] of round) {
    for (const [measure, value] of Object.entries(results)) {
      if (base.results[measure] === undefined) continue;
      const [mine, theirs] = [JSON.stringify(value), JSON.stringify(base.results[measure])];
      if (mine !== theirs) found.push(`${measure}: ${name} found ${mine}, ${first} ${theirs}`);
    }
  }
  return found;
}

/** Whose connection isn't as durable as the others', as sentences. */
export function unequal(round, contenders) {
  return contenders.flatMap(({ name, settles }) => {
    const said = round.get(name)?.durability;
    if (!said || settles) return [];
    return Object.entries(EXPECTED)
      .filter(([key, value]) => said[key] !== value)
      .map(([key, value]) => `${name}: ${key} is ${said[key]}, expected ${value}`);
  });
}

async function openPage(context, site) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  page.on("pageerror", (error) => console.error(`bench page: ${error.message}`));
  await page.goto(`${site.url}/bench/sqlite/page/index.html`);
  await page.waitForFunction(() => globalThis.bench);
  return page;
}

/** One contender in the page, or why it doesn't run there. */
async function measureOne(page, { name, module }, file, scale) {
  try {
    return await page.evaluate(([module, file, scale]) => bench.measure(module, file, scale), [module, file, scale]);
  } catch (error) {
    return { failed: `${name}: ${error.message.split("\n")[0]}` };
  }
}

/** Point reads from the leader's tab and from a follower's, taking turns: `{leader, follower}` in ms, medians. */
async function followerCost(context, site, module, { rows, count, turns }) {
  const [leader, follower] = [await openPage(context, site), await openPage(context, site)];
  await leader.evaluate(([module, rows]) => bench.hold(module, "follow", rows), [module, rows]);
  await follower.evaluate((module) => bench.hold(module, "follow"), module);
  const times = { leader: [], follower: [] };
  for (let turn = 0; turn < turns; turn++) {
    const pair = [
      ["leader", leader],
      ["follower", follower],
    ];
    for (const [who, page] of turn % 2 === 0 ? pair : pair.toReversed())
      times[who].push(...(await page.evaluate(([count, rows]) => bench.roundTrips(count, rows), [count, rows])));
  }
  await follower.evaluate(() => bench.release());
  await leader.evaluate(() => bench.release());
  await Promise.all([leader.close(), follower.close()]);
  return { leader: quantile(times.leader, 0.5), follower: quantile(times.follower, 0.5) };
}

/** The longest task on the page while rows go in, in ms (0: none reached 50). */
async function blocking(context, site, module, total) {
  const page = await openPage(context, site);
  await page.evaluate((module) => bench.hold(module, "blocking", 2), module);
  const longest = await page.evaluate((total) => bench.longestTask(total, 1_000), total);
  await page.evaluate(() => bench.release());
  await page.close();
  return longest;
}

/**
 * Runs it: `rounds`, `quick` (one tiny round), `names` (some contenders alone). Resolves to 0, or to 1 if
 * contenders disagree or aren't equally durable.
 */
export async function benchSqlite({
  rounds: count = 5,
  quick = false,
  names = undefined,
  print = console.log,
  report,
}) {
  const contenders = all.filter(({ name }) => !names || names.includes(name));
  const scale = quick ? 0.01 : 1;
  await pack();
  const site = await startSite({ port: 0, folders: FOLDERS, isolated: true });
  // On disk: in a private window's memory, flushing would cost nothing.
  const profile = await startProfile();
  try {
    const { context } = profile;
    const version = profile.browser.version();
    const page = await openPage(context, site);
    const rounds = [];
    const failures = new Map();
    for (let at = 0; at < (quick ? 1 : count); at++) {
      const round = new Map();
      for (const contender of at % 2 === 0 ? contenders : contenders.toReversed()) {
        report(`browser databases: round ${at + 1}, ${contender.name}`);
        const done = await measureOne(page, contender, `bench-${at}-${contender.name}`, scale);
        if (done.failed) failures.set(contender.name, done.failed);
        else round.set(contender.name, done);
      }
      rounds.push(round);
    }
    await page.close();
    const wrong = rounds.flatMap((round) => [...disagreements(round), ...unequal(round, contenders)]);
    const ours = contenders.find((contender) => contender.ours);
    const own = ours && rounds[0].has(ours.name) ? await ownMeasures(context, site, ours, scale, report) : undefined;
    const memory = own && (await measureMemory(site, ours.module, quick ? [1, 2] : [1, 10]));
    const shown = contenders.map(({ name }) => name).filter((name) => rounds.some((round) => round.has(name)));
    print(`${timeTable(shown, rounds, { ours: ours?.name, against: AGAINST, counts: amounts(scale) })}\n`);
    print(`${durabilityTable(shown, rounds[0])}\n`);
    for (const line of failures.values()) print(`didn't run: ${line}`);
    const verdicts = own ? judge(rounds, ours.name, own) : [];
    for (const { what, reached, most, unit, met } of verdicts)
      print(verdict(`${what}: ${reached.toFixed(2)} ${unit} (≤ ${most})`, met));
    if (memory)
      for (const { tabs, bytes } of memory)
        print(`${tabs} tabs: ${(bytes / 2 ** 20).toFixed(1)} MiB more than as many empty ones`);
    const plain = rounds.map((round) => Object.fromEntries(round));
    const failed = Object.fromEntries(failures);
    const figures = { quick, chromium: version, rounds: plain, failures: failed, own, memory, verdicts };
    print(`\nChromium ${version}; ${keep("sqlite", figures)}`);
    for (const line of wrong) console.error(`bench: ${line}`);
    return wrong.length > 0 || (ours && failures.has(ours.name)) ? 1 : 0;
  } finally {
    await profile.stop();
    await site.stop();
  }
}

async function ownMeasures(context, site, { module }, scale, report) {
  report("browser databases: from a follower's tab");
  const rows = Math.ceil(25_000 * scale);
  const round = await followerCost(context, site, module, { rows, count: Math.ceil(1_000 * scale), turns: 4 });
  report("browser databases: the longest task");
  const longestTask = await blocking(context, site, module, Math.ceil(100_000 * scale));
  report("browser databases: hand-over");
  const handOver = await measureHandOver(() => openPage(context, site), module, Math.ceil(20 * scale));
  return { round, longestTask, handOver };
}

function judge(rounds, ours, { round, longestTask, handOver }) {
  const against = (measure) => ratio(rounds, measure, ours, AGAINST);
  return [
    { what: `point read, against ${AGAINST}`, reached: against("points"), most: 1, unit: "×" },
    { what: `25,000 rows in a transaction, against ${AGAINST}`, reached: against("transaction"), most: 1, unit: "×" },
    { what: "a follower's tab adds", reached: round.follower - round.leader, most: 0.3, unit: "ms" },
    { what: "longest task on the page while 100,000 rows go in", reached: longestTask, most: 50, unit: "ms" },
    { what: "hand-over, median", reached: quantile(handOver, 0.5), most: 300, unit: "ms" },
  ]
    .filter(({ reached }) => reached !== undefined)
    .map((budget) => ({ ...budget, met: budget.reached <= budget.most }));
}
