// Products, modules and templates: what the later checks sell.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const {
  check, lastProperty, numbers, refused,
} = require('./harness.cjs');

async function catalogue(context) {
  await check('a product is created', async () => {
    const product = new nlic.Product({ number: 'P', name: 'Node', version: '1', active: true });
    product.setProperty('colour', 'blue');
    const made = await nlic.ProductService.create(context, product);
    assert.equal(made.getNumber(), 'P');
    assert.equal(made.getName(), 'Node');
    assert.equal(made.getVersion(), '1');
    assert.equal(made.getActive(), true);
    assert.equal(made.getInUse(), false);
    assert.equal(made.getProperty('colour'), 'blue');
  });
  await check('a product is read', async () => {
    const product = await nlic.ProductService.get(context, 'P');
    assert.equal(product.getName(), 'Node');
    assert.equal(product.getLicenseeAutoCreate(), false);
  });
  await check('a product is updated, and a custom property removed', async () => {
    const change = new nlic.Product({ name: 'Node client', version: '2' });
    change.setProperty('colour', '');
    change.setProperty('Updated property name', 'with blanks');
    const product = await nlic.ProductService.update(context, 'P', change);
    assert.equal(product.getName(), 'Node client');
    assert.equal(product.getVersion(), '2');
    assert.equal(product.getProperty('colour'), undefined);
    assert.equal(product.getProperty('Updated property name'), 'with blanks');
  });
  await check('a product without a number gets one', async () => {
    const product = await nlic.ProductService.create(context, new nlic.Product({ name: 'Other' }));
    assert.match(product.getNumber(), /^P[2-9A-HJ-NP-Z]{8}$/);
    await nlic.ProductService.delete(context, product.getNumber());
  });
  await check('a discount is kept', async () => {
    const discount = new nlic.ProductDiscount();
    discount.setTotalPrice(100);
    discount.setCurrency('EUR');
    discount.setAmountFix(5);
    const change = new nlic.Product({ name: 'Node client' });
    change.setProductDiscounts([discount]);
    const product = await nlic.ProductService.update(context, 'P', change);
    const [kept] = product.getProductDiscounts();
    assert.equal(Number(kept.getTotalPrice()), 100);
    assert.equal(kept.getCurrency(), 'EUR');
    assert.equal(Number(kept.getAmountFix()), 5);
  });
  await check('discounts by percentage replace it, and an empty one clears', async () => {
    const change = new nlic.Product();
    change.setProductDiscounts([
      { totalPrice: 50, currency: 'EUR', amountPercent: 5 },
      { totalPrice: 200, currency: 'EUR', amountPercent: 10 },
    ]);
    const product = await nlic.ProductService.update(context, 'P', change);
    const kept = product.getProductDiscounts();
    assert.deepEqual(kept.map((discount) => Number(discount.getAmountPercent())), [5, 10]);
    assert.equal(kept[0].getAmountFix(), undefined);
    const none = await nlic.ProductService.update(
      context, 'P', new nlic.Product().setProductDiscounts([]),
    );
    assert.deepEqual(none.getProductDiscounts(), []);
  });

  const modules = [
    ['M-SUB', 'Subscription', {}],
    ['M-FLO', 'Floating', { maxCheckoutValidity: 3600 }],
    ['M-FEA', 'MultiFeature', {}],
    ['M-PPU', 'PayPerUse', {}],
    ['M-NOD', 'NodeLocked', { nodeSecretMode: 'CLIENT' }],
  ];
  for (const [number, licensingModel, more] of modules) {
    await check(`a ${licensingModel} module is created`, async () => {
      const module = new nlic.ProductModule({
        number, name: `${licensingModel} module`, licensingModel, active: true, ...more,
      });
      const made = await nlic.ProductModuleService.create(context, 'P', module);
      assert.equal(made.getNumber(), number);
      assert.equal(made.getLicensingModel(), licensingModel);
      assert.equal(made.getProperty('productNumber'), 'P');
    });
  }
  await check('a module is updated and read', async () => {
    await nlic.ProductModuleService.update(
      context, 'M-FLO', new nlic.ProductModule({ name: 'Seats' }),
    );
    const module = await nlic.ProductModuleService.get(context, 'M-FLO');
    assert.equal(module.getName(), 'Seats');
    assert.equal(String(module.getMaxCheckoutValidity()), '3600');
  });
  await check('modules are listed by product', async () => {
    const page = await nlic.ProductModuleService.list(context, { productNumber: 'P' });
    assert.equal(page.length, modules.length);
    assert.deepEqual(numbers(page), modules.map(([number]) => number));
  });

  const templates = [
    ['E-SUB', 'M-SUB', 'TIMEVOLUME', {
      timeVolume: 1, timeVolumePeriod: 'MONTH', price: 10, currency: 'EUR',
    }],
    ['E-FLO', 'M-FLO', 'FLOATING', { maxSessions: 1 }],
    ['E-FEA', 'M-FEA', 'FEATURE', { automatic: true }],
    ['E-FEA2', 'M-FEA', 'FEATURE', {}],
    ['E-PPU', 'M-PPU', 'QUANTITY', { quantity: 35 }],
    ['E-NOD', 'M-NOD', 'QUANTITY', { quota: 1 }],
  ];
  for (const [number, module, licenseType, more] of templates) {
    await check(`the template ${number} is created`, async () => {
      const template = new nlic.LicenseTemplate({
        number, name: `Template ${number}`, licenseType, active: true, ...more,
      });
      const made = await nlic.LicenseTemplateService.create(context, module, template);
      assert.equal(made.getNumber(), number);
      assert.equal(made.getLicenseType(), licenseType);
      assert.equal(made.getProperty('productModuleNumber'), module);
    });
  }
  await check('templates are listed by module', async () => {
    const page = await nlic.LicenseTemplateService.list(context, { productModuleNumber: 'M-FEA' });
    assert.deepEqual(numbers(page), ['E-FEA', 'E-FEA2']);
  });
  await check('a template is updated and read, its price with two decimals', async () => {
    await nlic.LicenseTemplateService.update(
      context, 'E-SUB', new nlic.LicenseTemplate({ name: 'A month' }),
    );
    const template = await nlic.LicenseTemplateService.get(context, 'E-SUB');
    assert.equal(template.getName(), 'A month');
    assert.equal(String(Number(template.getPrice())), '10');
    assert.equal(template.getCurrency(), 'EUR');
    assert.equal(lastProperty('price'), '10.00');
  });
}

async function catalogueRemovals(context) {
  await check('a template and a module are deleted', async () => {
    await nlic.ProductModuleService.create(context, 'P', new nlic.ProductModule({
      number: 'M-GONE', name: 'Brief', licensingModel: 'Quota',
    }));
    await nlic.LicenseTemplateService.create(context, 'M-GONE', new nlic.LicenseTemplate({
      number: 'E-GONE', name: 'Brief', licenseType: 'QUANTITY', quantity: 1,
    }));
    await refused(
      400, 'IllegalOperationException',
      () => nlic.ProductModuleService.delete(context, 'M-GONE', false),
    );
    await nlic.LicenseTemplateService.delete(context, 'E-GONE', false);
    await nlic.ProductModuleService.delete(context, 'M-GONE', false);
    await refused(404, 'NotFoundException', () => nlic.ProductModuleService.get(context, 'M-GONE'));
  });
  await check('a product is deleted with all that is in it', async () => {
    await nlic.ProductService.create(context, new nlic.Product({ number: 'P2', name: 'Brief' }));
    await nlic.ProductModuleService.create(
      context, 'P2', new nlic.ProductModule({ number: 'M2', name: 'B', licensingModel: 'Quota' }),
    );
    await nlic.ProductService.delete(context, 'P2', true);
    await refused(404, 'NotFoundException', () => nlic.ProductModuleService.get(context, 'M2'));
  });
}

module.exports = { catalogue, catalogueRemovals };
