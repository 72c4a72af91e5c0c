// Transactions, bundles and payment methods, on a product of their own.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const {
  check, lastProperty, numbers, refused,
} = require('./harness.cjs');

const BUYER = 'I-BUYER';

async function shop(context) {
  await check('a product that sells credits is made', async () => {
    const product = new nlic.Product({ number: 'P-SALES', name: 'Sales' });
    await nlic.ProductService.create(context, product);
    await nlic.ProductModuleService.create(context, 'P-SALES', new nlic.ProductModule({
      number: 'M-CREDITS', name: 'Credits', licensingModel: 'PayPerUse',
    }));
    for (const [number, quantity] of [['E-TEN', 10], ['E-HUNDRED', 100]]) {
      await nlic.LicenseTemplateService.create(context, 'M-CREDITS', new nlic.LicenseTemplate({
        number,
        name: `${quantity} credits`,
        licenseType: 'QUANTITY',
        quantity,
        price: quantity,
        currency: 'EUR',
      }));
    }
    const buyer = new nlic.Licensee({ number: BUYER, name: 'A buyer', active: true });
    await nlic.LicenseeService.create(context, 'P-SALES', buyer);
  });
}

// What a validation says remains, without using any of it.
async function credits(context) {
  const question = new nlic.ValidationParameters().setDryRun(true);
  const results = await nlic.LicenseeService.validate(context, BUYER, question);
  return Number(results.getProductModuleValidation('M-CREDITS').remainingQuantity || 0);
}

function joinedLicenses(transaction) {
  return transaction.getLicenseTransactionJoins([]).map((join) => join.getLicense().getNumber());
}

async function transactions(context) {
  const { LicenseService, TransactionService } = nlic;

  await check('a license that is given makes a closed transaction', async () => {
    const license = new nlic.License({ number: 'L-GIVEN' });
    await LicenseService.create(context, BUYER, 'E-TEN', null, license);
    const page = await TransactionService.list(context, { source: 'AUTO_LICENSE_CREATE' });
    const found = page.find((transaction) => joinedLicenses(transaction).includes('L-GIVEN'));
    assert.ok(found, 'no transaction names the license');
    assert.equal(found.getStatus(), 'CLOSED');
    assert.equal(found.getSource(), 'AUTO_LICENSE_CREATE');
    assert.equal(found.getProperty('active'), true);
    // The library's getters look for other spellings than the server, and the original, send.
    for (const name of ['datecreated', 'dateclosed']) {
      assert.match(found.getProperty(name), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    const [join] = found.getLicenseTransactionJoins();
    assert.equal(join.getTransaction().getNumber(), found.getNumber());
    assert.equal(await credits(context), 10);
  });
  await check('a change and a removal of a license make transactions too', async () => {
    await LicenseService.update(context, 'L-GIVEN', null, new nlic.License({ name: 'A gift' }));
    const updates = await TransactionService.list(context, 'source=AUTO_LICENSE_UPDATE');
    assert.ok(updates.some((transaction) => joinedLicenses(transaction).includes('L-GIVEN')));
    await LicenseService.delete(context, 'L-GIVEN', false);
    const removals = await TransactionService.list(context, 'source=AUTO_LICENSE_DELETE');
    assert.equal(removals.length, 1);
    assert.equal(removals[0].getStatus(), 'CLOSED');
  });
  await check('a pending transaction is created', async () => {
    const transaction = new nlic.Transaction({
      number: 'T',
      status: 'PENDING',
      source: 'SHOP',
      grandTotal: 11.9,
      discount: 0,
      currency: 'EUR',
    });
    transaction.setProperty('vat', '19');
    const made = await TransactionService.create(context, transaction);
    assert.equal(made.getNumber(), 'T');
    assert.equal(made.getStatus(), 'PENDING');
    assert.equal(made.getSource(), 'SHOP');
    assert.equal(made.getProperty('active'), true);
    assert.equal(made.getGrandTotal(), 11.9);
    assert.equal(made.getCurrency(), 'EUR');
    assert.equal(made.getProperty('vat'), '19');
    assert.ok(made.getProperty('datecreated'));
    assert.equal(made.getProperty('dateclosed'), undefined);
    assert.equal(lastProperty('grandTotal'), '11.90');
    assert.equal(lastProperty('discount'), '0.00');
  });
  await check('a transaction without a number gets one, and takes unset dates', async () => {
    // Later versions of the library send the dates that are not set as empty values.
    const made = await nlic.Service.post(context, 'transaction', {
      status: 'PENDING', source: 'SHOP', datecreated: '', dateclosed: '',
    });
    assert.equal(made.status, 200);
    assert.match(lastProperty('number'), /^T[2-9A-HJ-NP-Z]{8}$/);
    assert.equal(lastProperty('dateclosed'), undefined);
  });
  await check('a license of a pending transaction waits for it', async () => {
    const license = new nlic.License({ number: 'L-BOUGHT', active: true });
    const made = await LicenseService.create(context, BUYER, 'E-TEN', 'T', license);
    assert.equal(made.getActive(), false);
    assert.equal(made.getProperty('transactionNumber'), undefined);
    assert.equal(await credits(context), 0);
    const transaction = await TransactionService.get(context, 'T');
    assert.deepEqual(joinedLicenses(transaction), ['L-BOUGHT']);
    assert.equal(transaction.getStatus(), 'PENDING');
  });
  await check('transactions are filtered by status and source', async () => {
    const pending = await TransactionService.list(context, { status: 'PENDING' });
    assert.equal(pending.length, 2);
    assert.ok(numbers(pending).includes('T'));
    const sold = await TransactionService.list(context, { shopOnly: true });
    assert.deepEqual(sold.map((transaction) => transaction.getSource()), ['SHOP', 'SHOP']);
  });
  await check('closing it makes the license count', async () => {
    const change = new nlic.Transaction({ status: 'CLOSED' });
    const closed = await TransactionService.update(context, 'T', change);
    assert.equal(closed.getStatus(), 'CLOSED');
    assert.ok(closed.getProperty('dateclosed'));
    assert.equal((await LicenseService.get(context, 'L-BOUGHT')).getActive(), true);
    assert.equal(await credits(context), 10);
  });
  await check('a closed transaction stays closed', async () => {
    for (const status of ['PENDING', 'CANCELLED']) {
      await refused(400, 'IllegalOperationException', () => TransactionService.update(
        context, 'T', new nlic.Transaction({ status }),
      ));
    }
    await refused(400, 'IllegalOperationException', () => LicenseService.create(
      context, BUYER, 'E-TEN', 'T', new nlic.License({ active: true }),
    ));
  });
  await check('a cancelled transaction leaves its license without effect', async () => {
    await TransactionService.create(
      context, new nlic.Transaction({ number: 'T-NOT', status: 'PENDING', source: 'SHOP' }),
    );
    const license = new nlic.License({ number: 'L-NOT', active: true });
    await LicenseService.create(context, BUYER, 'E-HUNDRED', 'T-NOT', license);
    const cancelled = await TransactionService.update(
      context, 'T-NOT', new nlic.Transaction({ status: 'CANCELLED', active: false }),
    );
    assert.equal(cancelled.getStatus(), 'CANCELLED');
    assert.equal(await credits(context), 10);
    await refused(400, 'IllegalOperationException', () => TransactionService.update(
      context, 'T-NOT', new nlic.Transaction({ status: 'CLOSED' }),
    ));
  });
  await check('a transaction of another source, or with half a price, is refused', async () => {
    for (const wrong of [
      { status: 'PENDING', source: 'AUTO_LICENSE_CREATE' },
      { status: 'PENDING', source: 'SHOP', grandTotal: 5 },
      { status: 'OPEN', source: 'SHOP' },
      { source: 'SHOP' },
      { status: 'PENDING' },
    ]) {
      await refused(400, 'MalformedRequestException', () => TransactionService.create(
        context, new nlic.Transaction(wrong),
      ));
    }
  });
  await check('an unknown transaction is not found, and none is deleted', async () => {
    const error = await refused(
      404, 'NotFoundException', () => TransactionService.get(context, 'none'),
    );
    assert.equal(error.message, 'Requested transaction does not exist');
    await refused(400, 'NotFoundException', () => LicenseService.create(
      context, BUYER, 'E-TEN', 'none', new nlic.License({ active: true }),
    ));
    await refused(
      405, 'MethodNotAllowedException', () => nlic.Service.delete(context, 'transaction/T'),
    );
  });
}

async function bundles(context) {
  const { BundleService, LicenseService } = nlic;

  await check('a bundle is created', async () => {
    const bundle = new nlic.Bundle({
      number: 'B', name: 'Starter', active: true, price: 99.5, currency: 'EUR',
    });
    bundle.setDescription('All that one needs');
    bundle.setLicenseTemplateNumbers(['E-TEN', 'E-HUNDRED']);
    const made = await BundleService.create(context, bundle);
    assert.equal(made.getNumber(), 'B');
    assert.equal(made.getName(), 'Starter');
    assert.equal(made.getActive(), true);
    assert.equal(made.getPrice(), 99.5);
    assert.equal(made.getCurrency(), 'EUR');
    assert.equal(made.getDescription(), 'All that one needs');
    assert.deepEqual(made.getLicenseTemplateNumbers(), ['E-TEN', 'E-HUNDRED']);
    assert.equal(lastProperty('price'), '99.50');
  });
  await check('a bundle is read, and what was read can be sent back', async () => {
    const bundle = await BundleService.get(context, 'B');
    bundle.removeLicenseTemplateNumber('E-HUNDRED');
    const changed = await BundleService.update(context, 'B', bundle.setName('Small starter'));
    assert.equal(changed.getName(), 'Small starter');
    assert.deepEqual(changed.getLicenseTemplateNumbers(), ['E-TEN']);
    assert.equal(changed.getPrice(), 99.5);
  });
  await check('bundles are listed', async () => {
    await BundleService.create(
      context, new nlic.Bundle({ name: 'Other', licenseTemplateNumbers: 'E-HUNDRED' }),
    );
    const page = await BundleService.list(context);
    assert.equal(page.length, 2);
    assert.equal(page[0].getNumber(), 'B');
    assert.match(page[1].getNumber(), /^B[2-9A-HJ-NP-Z]{8}$/);
    assert.equal(String(page.getTotalItems()), '2');
    assert.deepEqual(numbers(await BundleService.list(context, { number: 'B' })), ['B']);
  });
  await check('a bundle is obtained', async () => {
    await BundleService.update(
      context, 'B', new nlic.Bundle().setLicenseTemplateNumbers(['E-TEN', 'E-HUNDRED']),
    );
    const licenses = await BundleService.obtain(context, 'B', BUYER);
    assert.deepEqual(
      licenses.map((license) => license.getProperty('licenseTemplateNumber')).sort(),
      ['E-HUNDRED', 'E-TEN'],
    );
    for (const license of licenses) {
      assert.equal(license.getProperty('licenseeNumber'), BUYER);
      assert.equal(license.getActive(), true);
    }
    assert.equal(await credits(context), 120);
    const owned = await LicenseService.list(context, { licenseeNumber: BUYER });
    for (const number of numbers(licenses)) assert.ok(numbers(owned).includes(number));
    const [transaction] = await nlic.TransactionService.list(context, { source: 'OBTAIN_BUNDLE' });
    assert.equal(transaction.getStatus(), 'CLOSED');
    assert.deepEqual(joinedLicenses(transaction).sort(), numbers(licenses).sort());
  });
  await check('what makes no bundle is refused', async () => {
    const create = (properties) => () => BundleService.create(context, new nlic.Bundle(properties));
    const error = await refused(
      400, 'ValidationException', create({ licenseTemplateNumbers: 'E-TEN' }),
    );
    assert.equal(error.message, 'Bundle name is required.');
    await refused(400, 'IllegalArgumentException', create({
      name: 'Half a price', licenseTemplateNumbers: 'E-TEN', price: 1,
    }));
    await refused(400, 'NotFoundException', create({
      name: 'Of nothing', licenseTemplateNumbers: 'none',
    }));
  });
  await check('nobody obtains a bundle, and nobody an unknown one', async () => {
    const error = await refused(
      400, 'NotFoundException', () => BundleService.obtain(context, 'B', 'nobody'),
    );
    assert.equal(error.message, 'Requested licensee does not exist.');
    await refused(404, 'NotFoundException', () => BundleService.obtain(context, 'none', BUYER));
  });
  await check('a bundle is deleted, what it brought remains', async () => {
    await BundleService.delete(context, 'B', true);
    const error = await refused(404, 'NotFoundException', () => BundleService.get(context, 'B'));
    assert.equal(error.message, 'Requested bundle does not exist');
    assert.equal(await credits(context), 120);
  });
}

async function paymentMethods(context) {
  const { PaymentMethodService } = nlic;

  await check('the payment methods are listed, none of them active', async () => {
    const page = await PaymentMethodService.list(context);
    assert.deepEqual(
      numbers(page).sort(), ['NULL', 'PAYPAL', 'PAYPAL_SANDBOX', 'STRIPE', 'STRIPE_TESTING'],
    );
    assert.ok(page.every((method) => method.getActive() === false));
  });
  await check('a payment method is updated and read', async () => {
    const change = new nlic.PaymentMethod({ active: true });
    change.setPaypalSubject('seller@example.com');
    const changed = await PaymentMethodService.update(context, 'PAYPAL_SANDBOX', change);
    assert.equal(changed.getActive(), true);
    const method = await PaymentMethodService.get(context, 'PAYPAL_SANDBOX');
    assert.equal(method.getNumber(), 'PAYPAL_SANDBOX');
    assert.equal(method.getActive(), true);
    assert.equal(method.getPaypalSubject(), 'seller@example.com');
    const active = await PaymentMethodService.list(context, { active: true });
    assert.deepEqual(numbers(active), ['PAYPAL_SANDBOX']);
  });
  await check('no payment method is added or renamed', async () => {
    const error = await refused(400, 'IllegalOperationException', () => PaymentMethodService.update(
      context, 'STRIPE', new nlic.PaymentMethod({ number: 'CASH' }),
    ));
    assert.equal(error.message, 'Requested payment method is not supported');
    await refused(404, 'NotFoundException', () => PaymentMethodService.get(context, 'CASH'));
  });
}

module.exports = {
  bundles, paymentMethods, shop, transactions,
};
