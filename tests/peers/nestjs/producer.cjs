// A Nest producer: rings for batches as an application does with ClientProxy.
//
//     producer.cjs [OPTION]... emit BATCH...    events: nobody answers
//     producer.cjs [OPTION]... send BATCH...    requests: all at once, each waits for its answer
//
//     --nest DIR        the folder in which Nest is installed; this one, if not given
//     --queue NAME      the queue, at the broker in the variable RMQ_URL
//     --declare KIND    let Nest declare the queue, durable or transient; without: it must be there
//     --persistent      messages that outlive the broker; Nest's default is that they do not
//     --pattern NAME    process-batch, if not given
//     --timeout SECONDS for all of it: 30, if not given
//
// Prints a line of JSON for each batch: {"batchId","emitted":true} when the broker has confirmed
// it, {"batchId","responses":[...]} or {"batchId","err"} when the answer is complete.  An answer
// that says err is an answer.  Ends with 1 and the reason when anything is missing.

const { fail, load, mustExist, options, print, transport, within } = require('./nest.cjs');

const open = new Map();

async function emit(client, pattern, batchId) {
  await client.emit(pattern, { batchId }).forEach(() => {});
  print({ batchId, emitted: true });
}

async function send(client, pattern, batchId) {
  const responses = open.get(batchId);
  try {
    await client.send(pattern, { batchId }).forEach((response) => responses.push(response));
    print({ batchId, responses });
  } catch (err) {
    if (err instanceof Error) throw err;
    print({ batchId, err });
  }
}

async function main() {
  const given = options({ persistent: { type: 'boolean', default: false } });
  const [how, ...batches] = given.words;
  const ring = { emit, send }[how];
  if (!ring || batches.length === 0) throw new Error('emit or send, then batches');
  within(given.timeout, () => `after ${given.timeout} s, not complete: ${
    JSON.stringify(Object.fromEntries(open))}`);

  const nest = load(given.nest);
  if (!given.declare) await mustExist(nest, given.queue);
  const client = nest.ClientProxyFactory.create(
    transport(nest, given, { persistent: given.persistent }),
  );
  await client.connect();
  await Promise.all(batches.map(async (batchId) => {
    open.set(batchId, []);
    await ring(client, given.pattern, batchId);
    open.delete(batchId);
  }));
  client.close();
}

main().catch((err) => fail(err.err ?? err));
