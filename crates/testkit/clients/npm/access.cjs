// Tokens of every type, and what they open.
'use strict';

const assert = require('node:assert/strict');
const { generateKeyPairSync } = require('node:crypto');
const nlic = require('netlicensing-client');
const {
  byKey, check, lastProperty, lastReply, numbers, refused,
} = require('./harness.cjs');

const MINUTE = 60 * 1000;

async function tokens(context) {
  const { Token, TokenService } = nlic;

  await check('a token of no named type is one of the default type, for half an hour', async () => {
    const token = await TokenService.create(context, new Token());
    assert.equal(token.getTokenType(), 'DEFAULT');
    assert.equal(token.getActive(), true);
    assert.ok(token.getVendorNumber());
    const left = token.getExpirationTime() - Date.now();
    assert.ok(left > 25 * MINUTE && left < 35 * MINUTE, `${left} ms are left`);
  });
  await check('a token of the shop leads there and back', async () => {
    const token = await TokenService.create(context, new Token({
      tokenType: 'SHOP',
      licenseeNumber: 'I-ONLINE',
      successURL: 'https://vendor.example/thanks',
      successURLTitle: 'Thanks & goodbye',
      cancelURL: 'https://vendor.example/pity',
      cancelURLTitle: 'What a pity',
    }));
    assert.equal(token.getTokenType(), 'SHOP');
    assert.equal(token.getLicenseeNumber(), 'I-ONLINE');
    assert.ok(token.getShopURL().endsWith(`/shop/v2/?shoptoken=${token.getNumber()}`));
    assert.equal(token.getSuccessURL(), 'https://vendor.example/thanks');
    assert.equal(token.getSuccessURLTitle(), 'Thanks & goodbye');
    assert.equal(token.getCancelURL(), 'https://vendor.example/pity');
    assert.equal(token.getCancelURLTitle(), 'What a pity');
    assert.ok(token.getExpirationTime() > new Date());
  });
  await check('a token of the shop needs a licensee', async () => {
    const error = await refused(400, 'MalformedRequestException', () => TokenService.create(
      context, new Token({ tokenType: 'SHOP' }),
    ));
    const infos = error.response.data.infos.info;
    assert.deepEqual(infos.map(({ id, value }) => [id, value]), [
      ['MalformedRequestException', 'Malformed token request'],
      ['TokenValidation', "Property 'licenseeNumber' not found"],
    ]);
  });
  await check('a token of an action opens the customer portal', async () => {
    const token = await TokenService.create(context, new Token({
      tokenType: 'ACTION', action: 'licenseeLogin', licenseeNumber: 'I-ONLINE',
    }));
    assert.equal(token.getTokenType(), 'ACTION');
    assert.equal(token.getProperty('action'), 'licenseeLogin');
    assert.match(token.getProperty('customerPortalURL'), /^https?:/);
  });
  await check('tokens are listed by type, read and revoked', async () => {
    const [shop] = await TokenService.list(context, { tokenType: 'SHOP' });
    assert.equal((await TokenService.get(context, shop.getNumber())).getTokenType(), 'SHOP');
    await TokenService.delete(context, shop.getNumber());
    const error = await refused(
      404, 'NotFoundException', () => TokenService.get(context, shop.getNumber()),
    );
    assert.equal(error.message, 'Requested token does not exist');
    assert.equal((await TokenService.list(context, { tokenType: 'SHOP' })).length, 0);
  });
  await check('a token of an unknown type is refused', async () => {
    await refused(400, 'MalformedRequestException', () => TokenService.create(
      context, new Token({ tokenType: 'COIN' }),
    ));
  });
}

async function keys(context, base) {
  const { ProductService, Token, TokenService } = nlic;

  let key;
  await check('an API key is created, and does not expire', async () => {
    const token = new Token({ tokenType: 'APIKEY' }).setApiKeyRole('ROLE_APIKEY_ANALYTICS');
    const made = await TokenService.create(context, token);
    key = made.getNumber();
    assert.equal(made.getTokenType(), 'APIKEY');
    assert.equal(made.getApiKeyRole(), 'ROLE_APIKEY_ANALYTICS');
    assert.ok(key.length >= 32);
    assert.equal(lastProperty('expirationTime'), undefined);
  });
  await check('an API key opens what its role allows, and no more', async () => {
    const reader = byKey(base, key);
    assert.equal((await ProductService.get(reader, 'P')).getNumber(), 'P');
    const change = new nlic.Product({ name: 'Not mine to change' });
    await refused(403, 'AccessDeniedException', () => ProductService.update(reader, 'P', change));
    for (const service of ['NotificationService', 'PaymentMethodService', 'TokenService']) {
      await refused(403, 'AccessDeniedException', () => nlic[service].list(reader));
    }
  });
  await check('an API key is listed and revoked', async () => {
    assert.ok(numbers(await TokenService.list(context, { tokenType: 'APIKEY' })).includes(key));
    await TokenService.delete(context, key);
    await refused(401, 'AuthenticationException', () => ProductService.get(byKey(base, key), 'P'));
  });
  await check('an API key of a licensee serves that licensee alone', async () => {
    const token = await TokenService.create(context, new Token({
      tokenType: 'APIKEY', apiKeyRole: 'ROLE_APIKEY_ADMIN', licenseeNumber: 'I-ONLINE',
    }));
    assert.equal(token.getLicenseeNumber(), 'I-ONLINE');
    const customer = byKey(base, token.getNumber());
    const ask = (licensee) => nlic.LicenseeService.validate(
      customer, licensee, new nlic.ValidationParameters().setDryRun(true),
    );
    const buy = (licenseeNumber) => TokenService.create(
      customer, new Token({ tokenType: 'SHOP', licenseeNumber }),
    );
    assert.ok((await ask('I-ONLINE')).getProductModuleValidation('M-SUB'));
    assert.ok((await buy('I-ONLINE')).getShopURL());
    await refused(403, 'AccessDeniedException', () => ask('I-OFFLINE'));
    await refused(403, 'AccessDeniedException', () => buy('I-OFFLINE'));
    await refused(403, 'AccessDeniedException', () => ProductService.get(customer, 'P'));
    await refused(403, 'AccessDeniedException', () => TokenService.list(customer));
  });
}

// Keys that sign: what the library reads is never signed, the same in XML always is.
async function signingKeys(context, base) {
  const { Token, TokenService } = nlic;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const forms = [
    ['as PEM', pem],
    ['as PEM with the line breaks of Windows', pem.replaceAll('\n', '\r\n')],
    ['as bare base64', privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')],
  ];
  for (const [how, form] of forms) {
    await check(`an API key with a private key ${how} signs validations`, async () => {
      const token = await TokenService.create(
        context, new Token({ tokenType: 'APIKEY', privateKey: form }),
      );
      assert.equal(token.getProperty('privateKey'), undefined);
      const signer = byKey(base, token.getNumber());
      const question = new nlic.ValidationParameters().setDryRun(true);
      await nlic.LicenseeService.validate(signer, 'I-ONLINE', question);
      assert.equal(lastReply().data.signature, null);
      const credentials = Buffer.from(`apiKey:${token.getNumber()}`).toString('base64');
      const reply = await fetch(`${base}/licensee/I-ONLINE/validate`, {
        method: 'POST',
        headers: { Accept: 'application/xml', Authorization: `Basic ${credentials}` },
        body: new URLSearchParams({ dryRun: 'true' }),
      });
      assert.equal(reply.status, 200);
      // The signature is the root's first child, in the default namespace.
      assert.match(await reply.text(), /^<\?xml[^>]*\?><ns2:netlicensing [^>]*><Signature[ >]/);
    });
  }
  await check('an empty private key is none, and rubbish is refused', async () => {
    await TokenService.create(context, new Token({ tokenType: 'APIKEY', privateKey: '' }));
    await refused(400, 'MalformedRequestException', () => TokenService.create(
      context, new Token({ tokenType: 'APIKEY', privateKey: 'rubbish' }),
    ));
  });
}

module.exports = { keys, signingKeys, tokens };
