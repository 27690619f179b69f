// The back door, on a port of its own: tests change here how the provider behaves, and look at what
// it was asked.
//
//   POST /__control   {"ACTION": ARGUMENT, ...}, one by one; the answer has {"ACTION": RESULT, ...}
//   GET /__requests   all requests so far, oldest first (journal.mjs)
//   GET /__secrets    all secrets that came by, by kind

import http from 'node:http';

import { behaviour, reset, userNamed, users } from './behaviour.mjs';
import * as faults from './faults.mjs';
import { knows } from './forge.mjs';
import { lookUp, revokeAccount } from './googlisms.mjs';
import * as journal from './journal.mjs';
import { accounts } from './service_accounts.mjs';

function configure(changes) {
  for (const [name, value] of Object.entries(changes)) {
    if (!(name in behaviour)) throw new Error(`there is no setting ${name}`);
    if (name === 'id_token' && !knows(value)) throw new Error(`there is no forgery ${value}`);
    behaviour[name] = value;
  }
}

// user: {name, ...}, what is new of somebody; gone: true when there is no such account any more.
function user({ name, gone, ...changes }) {
  if (gone) users.delete(name);
  else users.set(name, { ...users.get(name), ...changes });
}

function revoke({ user: name, error_subtype: subtype }) {
  revokeAccount(userNamed(name), subtype);
}

const actions = (provider) => ({
  configure,
  reset() { reset(); faults.clear(); journal.forget(); },
  user,
  revoke,
  fault: faults.add,
  clear_faults: faults.clear,
  release: faults.release,
  rotate_keys: provider.rotateKeys,
  service_account: ({ email, ...account }) => accounts.set(email, account) && undefined,
  look_up: lookUp,
  forget_requests: journal.forget,
  go_away: provider.goAway,
  come_back: provider.comeBack,
});

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks));
}

async function obey(provider, orders) {
  const results = {};
  for (const [action, argument] of Object.entries(orders)) {
    const known = actions(provider)[action];
    if (!known) throw new Error(`there is no action ${action}`);
    results[action] = await known(argument) ?? null;
  }
  return results;
}

async function answer(provider, request) {
  if (request.method === 'POST' && request.url === '/__control') return obey(provider, await body(request));
  if (request.url === '/__requests') return journal.requests;
  if (request.url === '/__secrets') {
    return Object.fromEntries(Object.entries(journal.secrets).map(([kind, values]) => [kind, [...values]]));
  }
  throw new Error(`there is no ${request.url}`);
}

// provider: {rotateKeys, goAway, comeBack}.
export const control = (provider) => http.createServer((request, response) => {
  answer(provider, request)
    .then((result) => [200, result], (error) => [400, { error: error.message }])
    .then(([status, result]) => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(result));
    });
});
