// A Nest worker: a microservice with one handler, which acknowledges what it was given.
//
//     consumer.cjs [OPTION]...
//
//     --nest DIR        the folder in which Nest is installed; this one, if not given
//     --queue NAME      the queue, at the broker in the variable RMQ_URL
//     --declare KIND    let Nest declare the queue, durable or transient; without: it must be there
//     --event           the handler is an @EventPattern; without: a @MessagePattern
//     --pattern NAME    process-batch, if not given
//     --count N         end after so many messages; without: at SIGTERM
//     --timeout SECONDS 30, if not given: how long it waits for SIGTERM or for all N
//
// Prints {"listening":QUEUE}, then a line of JSON for each message that the handler was given and the
// broker no longer has: {"pattern","data","properties","redelivered"}; headers are among the
// properties.  Messages without a handler never show: Nest rejects them.  A request is answered with
// {"worked":BATCH}.

const { fail, load, mustExist, options, print, transport, within } = require('./nest.cjs');

// As TypeScript compiles the decorators.
function worker(nest, given, received) {
  class Worker {
    async process(data, context) {
      const { properties, fields } = context.getMessage();
      await received(context.getChannelRef(), context.getMessage());
      print({ pattern: context.getPattern(), data, properties, redelivered: fields.redelivered });
      return { worked: data?.batchId };
    }
  }
  const target = Worker.prototype;
  const handles = given.event ? nest.EventPattern : nest.MessagePattern;
  nest.Controller()(Worker);
  handles(given.pattern)(target, 'process', Object.getOwnPropertyDescriptor(target, 'process'));
  nest.Payload()(target, 'process', 0);
  nest.Ctx()(target, 'process', 1);

  class App {}
  nest.Module({ controllers: [Worker] })(App);
  return App;
}

async function main() {
  const given = options({ event: { type: 'boolean', default: false }, count: { type: 'string' } });
  const count = Number(given.count ?? Infinity);
  let seen = 0;
  process.on('SIGTERM', () => process.exit(0));
  within(given.timeout, () => `after ${given.timeout} s, ${seen} messages of ${count}`);

  // The next one comes only after the acknowledgement, so that it never gets more than it may.  The
  // broker's word is waited for, because a close overtakes what was written just before it.
  const received = async (channel, message) => {
    seen += 1;
    const last = seen === count;
    if (last) await channel.cancel(message.fields.consumerTag);
    channel.ack(message);
    await channel.checkQueue(given.queue);
    if (last) setImmediate(() => channel.waitForConfirms().then(() => app.close()));
  };
  const nest = load(given.nest);
  if (!given.declare) await mustExist(nest, given.queue);
  const app = await nest.NestFactory.createMicroservice(
    worker(nest, given, received),
    transport(nest, given, { noAck: false, prefetchCount: 1, maxConnectionAttempts: 1 }),
  );
  await app.listen();
  print({ listening: given.queue });
}

main().catch(fail);
