// What must be refused, and how the library shows it.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const { byPassword, check, refused } = require('./harness.cjs');

async function errors(context, base) {
  const { ProductService, ProductModuleService, LicenseeService } = nlic;
  await check('an unknown product is not found', async () => {
    const error = await refused(
      404, 'NotFoundException', () => ProductService.get(context, 'none'),
    );
    assert.equal(error.message, 'Requested product does not exist');
  });
  await check('an unknown path entity of each kind is not found', async () => {
    const kinds = {
      ProductModuleService: 'product module',
      LicenseTemplateService: 'license template',
      LicenseeService: 'licensee',
      LicenseService: 'license',
      BundleService: 'bundle',
      NotificationService: 'notification',
      PaymentMethodService: 'payment method',
      TokenService: 'token',
      TransactionService: 'transaction',
    };
    for (const [service, kind] of Object.entries(kinds)) {
      const error = await refused(
        404, 'NotFoundException', () => nlic[service].get(context, 'none'),
      );
      assert.equal(error.message, `Requested ${kind} does not exist`);
    }
  });
  await check('a number in use is refused', async () => {
    const twice = new nlic.Product({ number: 'P', name: 'Twice' });
    await refused(400, 'IllegalOperationException', () => ProductService.create(context, twice));
  });
  await check('a product needs a name', async () => {
    const nameless = new nlic.Product({ number: 'P-NAMELESS' });
    const error = await refused(
      400, 'MalformedRequestException', () => ProductService.create(context, nameless),
    );
    assert.equal(error.message, 'Product name is required');
  });
  await check('an unknown licensing model is refused', async () => {
    const module = new nlic.ProductModule({ name: 'Wrong', licensingModel: 'Honesty' });
    await refused(
      400, 'MalformedRequestException', () => ProductModuleService.create(context, 'P', module),
    );
  });
  await check('an unknown product in a parameter is refused', async () => {
    await refused(400, 'NotFoundException', () => LicenseeService.create(
      context, 'none', new nlic.Licensee({ number: 'I-NONE' }),
    ));
  });
  await check('a malformed date is refused', async () => {
    // Sent past the library's own classes, which would refuse it first.
    const license = {
      licenseeNumber: 'I-ONLINE', licenseTemplateNumber: 'E-SUB', startDate: 'yesterday',
    };
    await refused(
      400, 'MalformedRequestException', () => nlic.Service.post(context, 'license', license),
    );
  });
  await check('a product with licensees is not deleted without cascade', async () => {
    await refused(
      400, 'IllegalOperationException', () => ProductService.delete(context, 'P', false),
    );
  });
  await check('a browser is not made to ask for a password', async () => {
    const nobody = new nlic.Context({ baseUrl: base })
      .setSecurityMode(nlic.Constants.ANONYMOUS_IDENTIFICATION);
    for (const context of [nobody, byPassword(base, 'vendor', 'wrong')]) {
      const error = await refused(
        401, 'AuthenticationException', () => ProductService.get(context, 'P'),
      );
      assert.equal(error.response.headers['www-authenticate'], undefined);
      assert.ok(error.response.headers['x-request-id']);
    }
  });
}

module.exports = { errors };
