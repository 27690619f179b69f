// A person with a real browser: goes to the URL, logs in at the provider (tests/peers/oidc), consents,
// and looks at the page that the program under test shows in the end.
//
//     browser.mjs URL
//
// BROWSER_ORDERS names a file of JSON (browser.py writes it):
//   report    the file to write; it is there when everything else has ended
//   person    who logs in
//   deny      "login" or "consent": the page on which Cancel is clicked
//   untick    scopes that are not granted
//   seconds   how long this may take
//   profile   a folder for the browser's own files, which stay there (one of its own, which goes)
//   shots     pictures of the last page: [{"file", "width", "scheme": "light" or "dark"}]
//
// The report is {"url", "status", "headers", "title", "text", "log", "shots", "error"}: url without its
// values, log what the browser complained about, shots with "overflow" (what is wider than the
// window), error why it came to nothing.  Ends always with 0: xdg-open would try again.

import fs from 'node:fs';

import { Chromium } from './cdp.mjs';

// In the page: does what a person does there, and says on which page it was.
function act({ person, deny, untick }) {
  const login = document.querySelector('input[name=login]');
  const page = login ? 'login' : 'consent';
  if (login) login.value = person;
  for (const box of document.querySelectorAll('input[name=scope]')) if (untick.includes(box.value)) box.click();
  const button = document.querySelector(`button[value=${page === deny ? 'cancel' : 'next'}]`);
  if (!button) return null;
  button.click();
  return page;
}

const look = () => ({ title: document.title, text: document.body.innerText, url: location.href });
const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

function withoutValues(text) {
  const url = new URL(text);
  for (const name of new Set(url.searchParams.keys())) url.searchParams.set(name, '*');
  return url.href;
}

// What the browser says about the page it shows, as it goes along.
function watch(browser, seen) {
  browser.onEvent((event, told) => {
    if (event === 'Network.responseReceived' && told.type === 'Document') {
      seen.status = told.response.status;
      seen.headers = told.response.headers;
    }
    if (event === 'Network.loadingFailed' && told.type === 'Document') seen.error = told.errorText;
    if (event === 'Log.entryAdded') seen.log.push(told.entry.text);
    if (event === 'Runtime.exceptionThrown') seen.log.push(told.exceptionDetails.text);
    if (event === 'Page.frameNavigated' && !told.frame.parentId) {
      seen.url = withoutValues(told.frame.unreachableUrl ?? told.frame.url);
    }
  });
}

// From page to page, until one is not the provider's, whose the first is, or has no question.
async function go(browser, url, orders) {
  let provider = null;
  let loaded = browser.next('Page.loadEventFired');
  await browser.send('Page.navigate', { url });
  for (;;) {
    await loaded;
    const page = await browser.run(look);
    provider ??= new URL(page.url).origin;
    if (new URL(page.url).origin !== provider) return page;
    loaded = browser.next('Page.loadEventFired');
    if (!await browser.run(act, orders)) return page;
  }
}

async function shoot(browser, { file, width, scheme }) {
  const size = { width, height: width < 600 ? 844 : 800, deviceScaleFactor: 1, mobile: width < 600 };
  await browser.send('Emulation.setDeviceMetricsOverride', size);
  await browser.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  const { data } = await browser.send('Page.captureScreenshot', { format: 'png' });
  fs.writeFileSync(file, Buffer.from(data, 'base64'));
  return { file, width, scheme, overflow: await browser.run(overflow) };
}

async function visit(browser, url, orders, seen) {
  await browser.attach();
  watch(browser, seen);
  const { title, text } = await go(browser, url, orders);
  Object.assign(seen, { title, text });
  for (const shot of orders.shots) seen.shots.push(await shoot(browser, shot));
}

const orders = JSON.parse(fs.readFileSync(process.env.BROWSER_ORDERS));
const seen = { url: null, status: null, headers: {}, title: null, text: null, log: [], shots: [], error: null };
const late = new Promise((_, reject) => {
  setTimeout(() => reject(new Error(`no end after ${orders.seconds} s`)), orders.seconds * 1000).unref();
});
try {
  const browser = new Chromium(orders.profile);
  await Promise.race([visit(browser, process.argv[2], orders, seen), late])
    .catch((error) => { seen.error ??= error.message; });
  await browser.end();
} catch (error) {
  seen.error = error.message;
}
fs.writeFileSync(`${orders.report}.new`, JSON.stringify(seen));
fs.renameSync(`${orders.report}.new`, orders.report);
process.exit(0);
