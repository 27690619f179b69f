// What goes wrong on the way, by order: a fault is for the next requests of a path.
//
//   path, method      which; "*": every path
//   when              and only with these fields in the form, such as {"grant_type": "refresh_token"}
//   times             so often (1), null: until clear()
//   stage             when it strikes: "head", before the body is read; "body", after that; "answer",
//                     when the request was served and only its answer is lost
//   hold              wait for release()
//   delay             then wait so many ms
//   patch             serve it, and change the JSON of the answer: null takes a field out
//   drop              close the connection without an answer; "reset": with a RST, which it may also be when
//                     there is more to read
// or an answer in the place of the right one:
//   status, headers, body
//   html              the page of a hotel's network, with 200
//   redirect          302 to this URL
//   huge              so many MiB of it; endless: as much as anyone takes, chunked
//   gzip_bomb         so many MiB, packed
//   cut               so many bytes of the body, then the connection is closed
//   raw               these bytes, in the place of HTTP

import { once } from 'node:events';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const portal = '<!DOCTYPE html><html><title>Welcome</title><body>Accept the terms of this hotel</body></html>';
const answers = ['body', 'cut', 'drop', 'endless', 'gzip_bomb', 'html', 'huge', 'raw', 'redirect', 'status'];
const known = new Set([...answers, 'delay', 'headers', 'hold', 'method', 'patch', 'path', 'stage', 'times', 'when']);
const MiB = 1024 * 1024;

let faults = [];
let held = [];

export function add(fault) {
  const unknown = Object.keys(fault).filter((name) => !known.has(name));
  if (unknown.length > 0 || !fault.path) throw new Error(`a fault has a path, and no ${unknown.join(' ')}`);
  faults.push({ stage: 'body', times: 1, ...fault });
}

export function clear() {
  faults = [];
  release();
}

export function release() {
  for (const go of held) go();
  held = [];
}

function matches(fault, ctx, early) {
  return (fault.path === '*' || fault.path === ctx.path) && (fault.method ?? ctx.method) === ctx.method
    && (fault.stage === 'head') === early
    && Object.entries(fault.when ?? {}).every(([name, value]) => ctx.state.form?.get(name) === value);
}

function take(ctx, early) {
  const fault = faults.find((each) => matches(each, ctx, early));
  if (fault && fault.times !== null) {
    fault.times -= 1;
    if (fault.times === 0) faults.splice(faults.indexOf(fault), 1);
  }
  return fault;
}

async function wait(fault) {
  if (fault.hold) await new Promise((go) => { held.push(go); });
  if (fault.delay) await new Promise((go) => { setTimeout(go, fault.delay); });
}

async function pour(res, mebibytes) {
  const chunk = Buffer.alloc(64 * 1024, ' ');
  for (let sent = 0; sent < mebibytes * MiB && !res.destroyed; sent += chunk.length) {
    if (!res.write(chunk)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
  }
  res.end();
}

const strange = {
  drop(ctx, { drop }) {
    if (drop === 'reset') ctx.req.socket.resetAndDestroy();
    else ctx.req.socket.destroy();
  },
  raw(ctx, { raw }) {
    ctx.req.socket.end(raw);
  },
  cut(ctx, { cut, body = '{"access_token":"' }) {
    ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length + 1000 });
    ctx.res.write(body.slice(0, cut), () => ctx.req.socket.destroy());
  },
  endless(ctx) {
    ctx.res.writeHead(200, { 'content-type': 'application/json' });
    return pour(ctx.res, Infinity);
  },
  huge(ctx, { huge }) {
    ctx.res.writeHead(200, { 'content-type': 'application/json', 'content-length': huge * MiB });
    return pour(ctx.res, huge);
  },
};

async function plain(ctx, fault) {
  for (const name of Object.keys(ctx.response.headers)) ctx.remove(name);
  ctx.status = fault.status ?? (fault.redirect ? 302 : 200);
  ctx.body = fault.html ? portal : fault.body ?? '';
  ctx.type = fault.html ? 'html' : 'json';
  if (fault.redirect) ctx.set('Location', fault.redirect);
  if (fault.gzip_bomb) {
    ctx.body = await promisify(gzip)(Buffer.alloc(fault.gzip_bomb * MiB, ' '));
    ctx.set('Content-Encoding', 'gzip');
  }
  for (const [name, value] of Object.entries(fault.headers ?? {})) ctx.set(name, value);
}

function strike(ctx, fault) {
  const kind = Object.keys(strange).find((name) => fault[name]);
  if (!kind) return plain(ctx, fault);
  ctx.respond = false;
  return strange[kind](ctx, fault);
}

function patch(ctx, changes) {
  const body = typeof ctx.body === 'string' ? JSON.parse(ctx.body) : ctx.body;
  ctx.body = Object.fromEntries(Object.entries({ ...body, ...changes }).filter(([, value]) => value !== null));
}

// early: before the body is read.  next: what serves the request.
export async function suffer(ctx, next, early = false) {
  const fault = take(ctx, early);
  if (!fault) return next();
  const replaced = answers.some((name) => fault[name] !== undefined);
  const late = fault.stage === 'answer';
  if (!late) await wait(fault);
  if (late || !replaced) await next();
  if (late) await wait(fault);
  if (fault.patch) patch(ctx, fault.patch);
  return replaced ? strike(ctx, fault) : undefined;
}
