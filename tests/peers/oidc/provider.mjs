// An OpenID provider in the place of Google's, for the tests of batchctl auth: oidc-provider, with
// Google's paths and ways.
//
//     provider.mjs [OPTION]...
//
//     --modules DIR     the folder in which oidc-provider is installed; this one, if not given
//     --port PORT       on 127.0.0.1; a free one, if not given
//     --cert, --key     PEM files: https
//     --tls VERSION     TLSv1.1, for example: this one only
//
// Prints "READY ISSUER CONTROL": CONTROL is the URL of the back door (control.mjs).  Everything is in
// memory.  It ends when its standard input does, so that it never outlives its test.

import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs } from 'node:util';

import { consent } from './consent.mjs';
import { control } from './control.mjs';
import { suffer } from './faults.mjs';
import { load } from './google.mjs';
import { googlisms } from './googlisms.mjs';
import * as journal from './journal.mjs';
import { jwks, rotate } from './keys.mjs';

const { values: given } = parseArgs({
  options: {
    modules: { type: 'string', default: '.' },
    port: { type: 'string', default: '0' },
    cert: { type: 'string' },
    key: { type: 'string' },
    tls: { type: 'string' },
  },
});

function makeServer() {
  if (!given.cert) return http.createServer();
  const files = { cert: fs.readFileSync(given.cert), key: fs.readFileSync(given.key) };
  // OpenSSL 3 knows what is older than 1.2 at this level only.
  const version = given.tls && { minVersion: given.tls, maxVersion: given.tls, ciphers: 'DEFAULT@SECLEVEL=0' };
  return https.createServer({ ...files, ...version });
}

async function listen(server, port) {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server.address().port;
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

// Around everything: the journal, the body (once, for all who want it), and the faults.
async function front(ctx, next) {
  const request = journal.began(ctx);
  await suffer(ctx, async () => {
    ctx.req.body = await read(ctx.req);
    ctx.state.form = new URLSearchParams(ctx.req.body);
    journal.tookForm(request, ctx.state.form);
    await suffer(ctx, next);
  }, true);
}

const server = makeServer();
const makeProvider = await load(given.modules);
const port = await listen(server, Number(given.port));
const issuer = `${given.cert ? 'https' : 'http'}://127.0.0.1:${port}`;
let serve;

// Another key is another provider, which goes on with what the first one knew.
async function rotateKeys(how) {
  await rotate(how ?? {});
  const provider = makeProvider(issuer, jwks());
  provider.use((ctx, next) => { ctx.state.issuer = issuer; return next(); });
  provider.use(front);
  provider.use(googlisms);
  provider.use(consent(provider));
  serve = provider.callback();
}

await rotateKeys();
server.on('request', (request, response) => serve(request, response));

const backDoor = control({
  rotateKeys,
  goAway() { server.close(); server.closeAllConnections(); },
  async comeBack() { await listen(server, port); },
});
const controlPort = await listen(backDoor, 0);
console.log(`READY ${issuer} http://127.0.0.1:${controlPort}`);
process.stdin.resume().on('end', () => process.exit(0));
