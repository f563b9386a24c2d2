// Tests with the official Node SDK: it accepts the gateway's signatures and makes the same ones, and its own client works
// with the simulator.
import './node18.mjs';
import assert from 'node:assert/strict';
import { createVerify } from 'node:crypto';
import { describe, test } from 'node:test';
import { AlipaySdk } from 'alipay-sdk';
import {
  appId, redeem, startGateway, startSimulator, startFakeAlipay, vector, vectorText, voucherId,
} from './programs.mjs';

const method = 'alipay.marketing.voucher.stock.use';
const aesKey = vectorText('keys/aes_key.b64.txt').trim();
const success = () => JSON.stringify({ code: '10000', msg: 'Success', voucher_id: voucherId });

// The configuration of each program in the three modes.
const modes = {
  'public key': {
    account: [`alipay_public_key_file: ${vector('keys/alipay_public_spki.pem')}`],
    app: [`app_public_key_file: ${vector('keys/app_public_spki.pem')}`],
    sdk: { alipayPublicKey: vectorText('keys/alipay_public_spki.pem') },
  },
  certificates: {
    account: [
      `app_certificate_file: ${vector('cert/appCertPublicKey.crt')}`,
      `alipay_certificate_file: ${vector('cert/alipayCertPublicKey_RSA2.crt')}`,
      `alipay_root_certificate_file: ${vector('cert/alipayRootCert.crt')}`,
    ],
    sdk: {
      appCertContent: vectorText('cert/appCertPublicKey.crt'),
      alipayPublicCertContent: vectorText('cert/alipayCertPublicKey_RSA2.crt'),
      alipayRootCertContent: vectorText('cert/alipayRootCert.crt'),
    },
  },
  'content encryption': {
    account: [
      `alipay_public_key_file: ${vector('keys/alipay_public_spki.pem')}`,
      `encrypt_key_file: ${vector('keys/aes_key.b64.txt')}`,
    ],
    app: [
      `app_public_key_file: ${vector('keys/app_public_spki.pem')}`,
      `encrypt_key: ${aesKey}`,
      'encryption_required: true',
    ],
    sdk: { alipayPublicKey: vectorText('keys/alipay_public_spki.pem'), encryptKey: aesKey },
    encrypted: true,
  },
};
modes.certificates.app = modes.certificates.account;

const ownKey = [`private_key_file: ${vector('keys/app_private_pkcs8.pem')}`];
const platformKey = [`alipay_private_key_file: ${vector('keys/alipay_private_pkcs8.pem')}`];

function sdkClient(settings, gateway = 'http://127.0.0.1/gateway.do') {
  return new AlipaySdk({ appId, privateKey: vectorText('keys/app_private_pkcs1.pem'), gateway, ...settings });
}

function stringToSign(params) {
  return Object.keys(params).filter((name) => name !== 'sign').sort().map((name) => `${name}=${params[name]}`).join('&');
}

describe("the gateway's request", () => {
  for (const [name, mode] of Object.entries(modes)) {
    test(`has a signature that the SDK accepts: ${name}`, async (t) => {
      const platform = await startFakeAlipay(t, success);
      const gateway = await startGateway(t, platform.url, [...ownKey, ...mode.account]);
      // A wrong encoding, escaping or charset would change these characters.
      const params = { entity_no: 'ABTRm55gkVTcZJjvY2Enjg==券0156 &=+%"\\/', out_biz_no: 'A1' };
      const answer = await redeem(gateway, 'k1', params);
      assert.equal(answer.body.state, 'succeeded', JSON.stringify(answer.body));
      assert.equal(answer.body.result.voucher_id, voucherId);

      assert.equal(platform.requests.length, 1);
      const sent = platform.requests[0].params;
      assert.equal(platform.requests[0].url.searchParams.size + platform.requests[0].body.size, Object.keys(sent).length);

      const verifier = createVerify('RSA-SHA256').update(stringToSign(sent), 'utf8');
      assert.ok(verifier.verify(vectorText('keys/app_public_spki.pem'), sent.sign, 'base64'), 'node verifies it');
      const verifying = sdkClient({ alipayPublicKey: vectorText('keys/app_public_spki.pem') });
      assert.ok(verifying.checkNotifySignV2(sent), 'the SDK verifies it');

      // The SDK signs the same request with the same timestamp and makes the same bytes, because PKCS#1 v1.5 is
      // deterministic.
      const sdk = sdkClient(mode.sdk);
      const { sign, biz_content: bizContent, ...rest } = sent;
      const plain = mode.encrypted ? sdk.aesDecrypt(bizContent) : bizContent;
      assert.deepEqual(JSON.parse(plain), params);
      const envelope = new Set(['method', 'app_id', 'charset', 'version', 'sign_type', 'app_cert_sn', 'alipay_root_cert_sn',
        'encrypt_type']);
      const extra = Object.entries(rest).filter(([key]) => !envelope.has(key));
      const query = new URLSearchParams(sdk.sdkExecute(
        method,
        { ...Object.fromEntries(extra), bizContent: JSON.parse(plain), needEncrypt: Boolean(mode.encrypted) },
      ));
      assert.deepEqual(Object.fromEntries(query), sent);
      assert.equal(query.get('sign'), sign);
    });
  }
});

describe("the SDK's client at the simulator", () => {
  for (const [name, mode] of Object.entries(modes)) {
    test(`redeems and is refused: ${name}`, async (t) => {
      const simulator = await startSimulator(t, [...platformKey, ...mode.app]);
      const sdk = sdkClient(mode.sdk, `${simulator}/gateway.do`);
      // The SDK searches for the verified bytes from the first brace, and an encrypted node has none.
      const call = (bizContent) => sdk.exec(
        method, { bizContent, needEncrypt: Boolean(mode.encrypted) }, { validateSign: !mode.encrypted },
      );
      const done = await call({ entity_no: 'GOOD-CODE', out_biz_no: 'B1' });
      assert.equal(done.code, '10000', JSON.stringify(done));
      assert.equal(done.voucherId.length, 28);
      const refused = await call({ entity_no: 'NO-SUCH-CODE', out_biz_no: 'B2' });
      assert.equal(refused.code, '40004', JSON.stringify(refused));
      assert.ok(refused.subCode, 'a business error has a sub code');

      const ledger = await (await fetch(`${simulator}/_sim/ledger`)).json();
      assert.equal(ledger.executed, 1, JSON.stringify(ledger));
    });
  }

  test('gets an error for a signature by another key', async (t) => {
    const simulator = await startSimulator(t, [...platformKey, ...modes['public key'].app]);
    const wrongKey = { ...modes['public key'].sdk, privateKey: vectorText('keys/alipay_private_pkcs1.pem') };
    const answer = await sdkClient(wrongKey, `${simulator}/gateway.do`).exec(
      method, { bizContent: { entity_no: 'GOOD-CODE', out_biz_no: 'B3' } }, { validateSign: true },
    );
    assert.equal(answer.subCode, 'isv.invalid-signature');
  });
});
