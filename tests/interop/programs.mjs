// The gateway and the simulator as child processes on free loopback ports, and a fake Alipay that records its requests
// and answers each with a signed success.
import { spawn } from 'node:child_process';
import { createSign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const appId = '2021000000000001';
export const voucherId = '0156468653835689006788030091';
export const vector = (name) => join(process.env.GATEWAY_TEST_DATA, name);
export const vectorText = (name) => readFileSync(vector(name), 'utf8');

export function scratchFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-interop-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

// Starts a program and resolves to the match of `port` in its output; the end of the test kills the program.
async function start(t, name, args, port) {
  const child = spawn(join(process.env.GATEWAY_BIN, name), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGKILL'); // an orderly exit is not part of this test
    await ended;
  });
  let output = '';
  return await new Promise((resolve, reject) => {
    const look = (piece) => {
      output += piece;
      const found = port.exec(output);
      if (found) {
        resolve(Number(found[1]));
      }
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', reject);
    ended.then(() => reject(new Error(`${name} ended:\n${output}`)));
  });
}

// `app` holds the YAML lines of the one Alipay application, without indentation.
export async function startSimulator(t, app) {
  const file = join(scratchFolder(t), 'simulator.yaml');
  const lines = [`app_id: "${appId}"`, ...app, 'unknown_entities: [NO-SUCH-CODE]'];
  writeFileSync(file, `alipay:\n  - ${lines.join('\n    ')}\n`);
  const port = await start(t, 'platform-simulator', ['--config', file, '--api-port', '0'], /listening on \S*:(\d+)\n/);
  return `http://127.0.0.1:${port}`;
}

// `account` holds the YAML lines of the one Alipay account, without indentation.
export async function startGateway(t, platform, account) {
  const folder = scratchFolder(t);
  const file = join(folder, 'gateway.yaml');
  const lines = ['name: shop-a', 'platform: alipay', `gateway: ${platform}/gateway.do`, `app_id: "${appId}"`, ...account];
  writeFileSync(file, [
    'server:',
    '  api: { address: 127.0.0.1, port: 0 }',
    '  admin: { address: 127.0.0.1, port: 0 }',
    '  drain_delay: 0s',
    `journal: { sqlite: { path: ${join(folder, 'journal.db')} } }`,
    `accounts:\n  - ${lines.join('\n    ')}\n`,
  ].join('\n'));
  const port = await start(t, 'redemption-gateway', ['--config', file], /api_port"?[=:] ?(\d+)/);
  return `http://127.0.0.1:${port}`;
}

// `requests` holds the decoded parameters of URL and body of each request.
export async function startFakeAlipay(t, answerNode) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) {
      pieces.push(piece);
    }
    const url = new URL(request.url, 'http://localhost');
    const body = new URLSearchParams(Buffer.concat(pieces).toString('utf8'));
    requests.push({ params: Object.fromEntries([...url.searchParams, ...body]), url, body });
    const node = answerNode();
    const sign = createSign('RSA-SHA256').update(node).sign(vectorText('keys/alipay_private_pkcs8.pem'), 'base64');
    response.setHeader('Content-Type', 'text/html;charset=utf-8');
    response.end(`{"alipay_marketing_voucher_stock_use_response":${node},"sign":"${sign}"}`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, requests };
}

// Redeems one voucher through the gateway; resolves to the status and the body.
export async function redeem(gateway, key, params) {
  const response = await fetch(`${gateway}/v1/redemptions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    body: JSON.stringify({ method: 'alipay.marketing.voucher.stock.use', params }),
  });
  return { status: response.status, body: await response.json() };
}
