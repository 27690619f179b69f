// BullMQ on Redis, for comparison.
//
//     peers.js worker PORT     works on jobs: gives each one's data back; prints "up"
//     peers.js client PORT     for each line "COUNT" on standard input: adds so many jobs of about
//                              200 bytes with addBulk and waits for their end; prints a line of JSON
//
// bullmq is found through NODE_PATH.  Times are of the monotonic clock, in seconds.

const { Queue, Worker } = require('bullmq');
const readline = require('readline');

const [, , role, port] = process.argv;
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
const bulk = 10000;

function jobs(count) {
  return Array.from({ length: count }, (_, row) => ({
    name: 'echo',
    data: {
      id: String(row).padStart(8, '0'), name: 'Amina Okafor', amount: '1284.75', text: 'x'.repeat(136),
    },
  }));
}

function seconds() {
  return Number(process.hrtime.bigint()) / 1e9;
}

async function measure(queue, count) {
  const items = jobs(count);
  const before = await queue.getCompletedCount();
  const begin = seconds();
  for (let first = 0; first < count; first += bulk) {
    await queue.addBulk(items.slice(first, first + bulk));
  }
  const added = seconds();
  while (await queue.getCompletedCount() - before < count) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const end = seconds();
  await queue.clean(0, 2 * count, 'completed');
  return { begin, added, end };
}

async function client() {
  const queue = new Queue('bench', { connection });
  await queue.waitUntilReady();
  console.log('up');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await measure(queue, Number(line))));
  }
  await queue.close();
}

async function worker() {
  const echo = new Worker('bench', async (job) => job.data, { connection, concurrency: 100 });
  await echo.waitUntilReady();
  console.log('up');
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

(role === 'worker' ? worker : client)();
