// What the producer and the consumer have in common: Nest from the folder it was installed in, the
// options on how to use the queue, and an end with a reason.

const { createRequire } = require('module');
const path = require('path');
const { parseArgs } = require('util');

const common = {
  nest: { type: 'string', default: '.' },
  queue: { type: 'string' },
  declare: { type: 'string' },
  pattern: { type: 'string', default: 'process-batch' },
  timeout: { type: 'string', default: '30' },
};

function text(reason) {
  if (reason instanceof Error) return reason.message;
  return typeof reason === 'string' ? reason : JSON.stringify(reason);
}

function fail(reason) {
  process.stderr.write(`${path.basename(process.argv[1], '.cjs')}: ${text(reason)}\n`);
  process.exit(1);
}

// Where a queue is refused, Nest throws from the callback of a socket.
process.on('uncaughtException', fail);

function options(more) {
  const { values, positionals } = parseArgs({
    options: { ...common, ...more }, allowPositionals: true,
  });
  if (!values.queue || !process.env.RMQ_URL) throw new Error('--queue and RMQ_URL are needed');
  if (!['durable', 'transient', undefined].includes(values.declare)) {
    throw new Error('--declare is durable or transient');
  }
  return { ...values, timeout: Number(values.timeout), words: positionals };
}

// Nest's own log is for standard error: standard output has the lines of JSON.
function load(folder) {
  const from = createRequire(path.resolve(folder, 'package.json'));
  from('reflect-metadata');
  const nest = {
    ...from('@nestjs/common'), ...from('@nestjs/core'), ...from('@nestjs/microservices'),
    amqplib: from('amqplib'),
  };
  const tell = (...words) => process.stderr.write(`nest: ${words.map(text).join(' ')}\n`);
  nest.Logger.overrideLogger({ log() {}, debug() {}, verbose() {}, warn: tell, error: tell });
  return nest;
}

// Nest 9 looks for noAssert in queueOptions only, Nest 10 there as well.
function transport(nest, { queue, declare }, more) {
  const queueOptions = declare ? { durable: declare === 'durable' } : { noAssert: true };
  return {
    transport: nest.Transport.RMQ,
    options: { urls: [process.env.RMQ_URL], queue, queueOptions, ...more },
  };
}

// The broker drops without a word what a client sends to a queue that is not there, and Nest's server
// says that it listens before the broker has answered.
async function mustExist(nest, queue) {
  const connection = await nest.amqplib.connect(process.env.RMQ_URL);
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await channel.checkQueue(queue);
  await connection.close();
}

// reason() is asked when the time is up.
function within(seconds, reason) {
  setTimeout(() => fail(new Error(reason())), seconds * 1000).unref();
}

function print(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

module.exports = { fail, load, mustExist, options, print, transport, within };
