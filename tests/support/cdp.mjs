// A headless Chromium of its own, spoken to over a pipe with the DevTools protocol.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// Those that batchd's plugin looks for.
const browsers = ['/usr/lib/chromium/chromium-headless-shell', '/usr/lib/chromium/chromium'];

// It never leaves this machine, and the only pages it sees are those of tests.
const flags = ['--remote-debugging-pipe', '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
  '--no-first-run', '--no-default-browser-check', '--disable-extensions', '--disable-background-networking',
  '--disable-breakpad', '--disable-component-update', '--disable-default-apps', '--disable-sync', '--mute-audio',
  '--hide-scrollbars', '--ignore-certificate-errors', '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE ::1, EXCLUDE [::1], EXCLUDE localhost'];

function findBrowser() {
  const wanted = process.env.BATCH_CHROMIUM ?? browsers.find((file) => fs.existsSync(file));
  if (!wanted) throw new Error(`there is no browser at ${browsers[0]} (package chromium-headless-shell)`);
  return wanted;
}

export class Chromium {
  // profile: a folder that stays; else it has one of its own.
  constructor(profile) {
    this.stays = Boolean(profile);
    this.profile = profile ?? fs.mkdtempSync(path.join(os.tmpdir(), 'batch-browser-'));
    this.process = spawn(findBrowser(), [...flags, `--user-data-dir=${this.profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      detached: true, // its processes are a group
      env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: this.profile },
    });
    this.ended = once(this.process, 'exit');
    this.ended.then(() => this.#fail(), () => this.#fail());
    this.process.stdio[3].on('error', () => {});
    this.process.stdio[4].setEncoding('utf8').on('data', (text) => this.#take(text));
  }

  #text = '';
  #last = 0;
  #waiting = new Map(); // by number: {resolve, reject}
  #listeners = []; // of events

  #take(text) {
    const messages = (this.#text + text).split('\0');
    this.#text = messages.pop();
    for (const message of messages.map(JSON.parse)) {
      const { resolve, reject } = this.#waiting.get(message.id) ?? {};
      this.#waiting.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else resolve?.(message.result);
      if (message.method) for (const listen of this.#listeners) listen(message.method, message.params);
    }
  }

  #fail() {
    for (const { reject } of this.#waiting.values()) reject(new Error('the browser has ended'));
    this.#waiting.clear();
  }

  // Attached to the one page there is.
  async attach() {
    const { targetInfos } = await this.send('Target.getTargets');
    const { targetId } = targetInfos.find(({ type }) => type === 'page');
    this.session = (await this.send('Target.attachToTarget', { targetId, flatten: true })).sessionId;
    await Promise.all(['Page', 'Network', 'Log', 'Runtime'].map((domain) => this.send(`${domain}.enable`)));
  }

  send(method, params = {}) {
    this.#last += 1;
    const message = { id: this.#last, method, params, sessionId: this.session };
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      this.process.stdio[3].write(`${JSON.stringify(message)}\0`);
    });
  }

  onEvent(listener) {
    this.#listeners.push(listener);
  }

  // The next event of this name.
  next(name) {
    return new Promise((resolve) => {
      this.onEvent((method, params) => method === name && resolve(params));
    });
  }

  #kill() {
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }

  // What a function gives in the page.
  async run(call, ...values) {
    const expression = `(${call})(${values.map((value) => JSON.stringify(value)).join()})`;
    const answer = await this.send('Runtime.evaluate', { expression, returnByValue: true });
    const { result, exceptionDetails: thrown } = answer;
    if (thrown) throw new Error(thrown.exception?.description ?? thrown.text);
    return result.value;
  }

  // With all its processes, which would write to the profile still, and then the profile.
  async end() {
    this.#kill();
    await this.ended.catch(() => {});
    this.#kill();
    if (!this.stays) fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
