// What the provider remembers: in this process only, and still there when its keys have changed.

const rows = new Map();
const model = (key) => key.slice(0, key.indexOf(':'));
const now = () => Math.floor(Date.now() / 1000);

function remove(wanted) {
  const removed = [];
  for (const [key, row] of rows) {
    if (wanted(key, row)) {
      rows.delete(key);
      removed.push(key);
    }
  }
  return removed;
}

// The interface that oidc-provider asks of its storage.
export class Memory {
  constructor(name) {
    this.name = name;
  }

  async upsert(id, row) {
    rows.set(`${this.name}:${id}`, row);
  }

  async find(id) {
    return rows.get(`${this.name}:${id}`);
  }

  async findByUid(uid) {
    return this.first((row) => row.uid === uid);
  }

  async findByUserCode(code) {
    return this.first((row) => row.userCode === code);
  }

  async consume(id) {
    rows.get(`${this.name}:${id}`).consumed = now();
  }

  async destroy(id) {
    rows.delete(`${this.name}:${id}`);
  }

  async revokeByGrantId(grant) {
    remove((key, row) => model(key) === this.name && row.grantId === grant);
  }

  first(wanted) {
    return [...rows].find(([key, row]) => model(key) === this.name && wanted(row))?.[1];
  }
}

// Everything that was granted by this account; the refresh tokens that ended so.
export function endAccount(sub) {
  const granted = ['Grant', 'AccessToken', 'RefreshToken', 'AuthorizationCode', 'DeviceCode'];
  return remove((key, row) => granted.includes(model(key)) && row.accountId === sub)
    .filter((key) => model(key) === 'RefreshToken')
    .map((key) => key.slice('RefreshToken:'.length));
}

// The access or refresh token that this is, unless it has ended.
export function liveToken(value) {
  for (const kind of ['AccessToken', 'RefreshToken']) {
    const row = rows.get(`${kind}:${value}`);
    if (row && !row.consumed && row.exp > now()) return { kind, ...row };
  }
  return undefined;
}
