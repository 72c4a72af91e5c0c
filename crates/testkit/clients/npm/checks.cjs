// Drives a server, and then an agent, by the official client library for Node.
//
//   node checks.cjs server ADDRESS LOGIN PASSWORD    a whole life cycle
//   node checks.cjs agent  ADDRESS APIKEY            the validations alone
//
// ADDRESS is http://host:port. Each check prints a line that begins with "ok" or "not ok"; the
// last line counts them. The server's run leaves the licensee I-OFFLINE behind, untouched, for the
// agent's run to be asked about.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');

let passed = 0;
let failed = 0;

async function check(what, run) {
  try {
    await run();
    passed += 1;
    console.log(`ok ${what}`);
  } catch (error) {
    failed += 1;
    const why = String(error.message || error).split('\n').join(' | ');
    console.log(`not ok ${what}: ${why}`);
  }
}

// The error of a call that must be refused with this status and info id.
async function refused(status, id, call) {
  let answer;
  try {
    answer = await call();
  } catch (error) {
    assert.ok(error.response, `no answer: ${error.message}`);
    assert.equal(error.response.status, status);
    const infos = error.response.data.infos.info;
    assert.equal(infos[0].id, id);
    assert.equal(infos[0].type, 'ERROR');
    assert.equal(error.message, infos[0].value);
    return error;
  }
  throw new Error(`was accepted: ${JSON.stringify(answer)}`);
}

function byPassword(base, login, password) {
  return new nlic.Context({ baseUrl: base, username: login, password })
    .setSecurityMode(nlic.Constants.BASIC_AUTHENTICATION);
}

function byKey(base, key) {
  return new nlic.Context({ baseUrl: base, apiKey: key })
    .setSecurityMode(nlic.Constants.APIKEY_IDENTIFICATION);
}

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
    assert.deepEqual(page.map((module) => module.getNumber()), modules.map(([number]) => number));
  });

  const templates = [
    ['E-SUB', 'M-SUB', 'TIMEVOLUME', { timeVolume: 1, timeVolumePeriod: 'MONTH', price: 10, currency: 'EUR' }],
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
  await check('a template is updated and read, its price with two decimals', async () => {
    await nlic.LicenseTemplateService.update(
      context, 'E-SUB', new nlic.LicenseTemplate({ name: 'A month' }),
    );
    const template = await nlic.LicenseTemplateService.get(context, 'E-SUB');
    assert.equal(template.getName(), 'A month');
    assert.equal(String(Number(template.getPrice())), '10');
    assert.equal(template.getCurrency(), 'EUR');
    const last = nlic.Service.getLastHttpRequestInfo().data.items.item[0];
    assert.equal(last.property.find(({ name }) => name === 'price').value, '10.00');
  });
}

async function customers(context) {
  for (const number of ['I-ONLINE', 'I-OFFLINE']) {
    await check(`the licensee ${number} is created, with its automatic license`, async () => {
      const licensee = new nlic.Licensee({ number, name: 'A customer', active: true });
      const made = await nlic.LicenseeService.create(context, 'P', licensee);
      assert.equal(made.getNumber(), number);
      assert.equal(made.getProductNumber(), 'P');
      const licenses = await nlic.LicenseService.list(context, { licenseeNumber: number });
      assert.equal(licenses.length, 1);
      assert.equal(licenses[0].getProperty('licenseTemplateNumber'), 'E-FEA');
    });
    for (const template of ['E-SUB', 'E-FLO', 'E-PPU', 'E-NOD']) {
      await check(`${number} gets a license of ${template}`, async () => {
        const license = new nlic.License({ number: `${number}/${template}`, active: true });
        const made = await nlic.LicenseService.create(context, number, template, null, license);
        assert.equal(made.getNumber(), `${number}/${template}`);
        assert.equal(made.getProperty('licenseeNumber'), number);
      });
    }
  }
  await check('a licensee is updated', async () => {
    const licensee = await nlic.LicenseeService.update(
      context, 'I-ONLINE', new nlic.Licensee({ name: 'The customer', city: 'Munich' }),
    );
    assert.equal(licensee.getName(), 'The customer');
    assert.equal(licensee.getProperty('city'), 'Munich');
    assert.equal(licensee.getInUse(), true);
  });
}

async function lists(context) {
  await check('licensees come in pages', async () => {
    for (let at = 0; at < 5; at += 1) {
      const licensee = new nlic.Licensee({ number: `I-PAGE-${at}`, kind: 'paged', active: true });
      await nlic.LicenseeService.create(context, 'P', licensee);
    }
    const seen = [];
    for (let page = 0; page < 3; page += 1) {
      const filter = { productNumber: 'P', kind: 'paged', page, items: 2 };
      const answer = await nlic.LicenseeService.list(context, filter);
      assert.equal(String(answer.getTotalItems()), '5');
      assert.equal(String(answer.getTotalPages()), '3');
      assert.equal(String(answer.getPageNumber()), String(page));
      assert.equal(String(answer.getItemsNumber()), String(page === 2 ? 1 : 2));
      seen.push(...answer.map((licensee) => licensee.getNumber()));
    }
    assert.deepEqual(seen, [0, 1, 2, 3, 4].map((at) => `I-PAGE-${at}`));
  });
  await check('an empty list is a page', async () => {
    const answer = await nlic.LicenseeService.list(context, { productNumber: 'none' });
    assert.equal(answer.length, 0);
    assert.equal(String(answer.getTotalItems()), '0');
  });
  await check('a filter by an unknown name is ignored with a warning', async () => {
    const answer = await nlic.ProductService.list(context, 'nonsense=1');
    assert.equal(answer.length, 1);
    const [info] = nlic.Service.getLastHttpRequestInfo().data.infos.info;
    assert.equal(info.id, 'filterIgnored');
    assert.equal(info.type, 'WARNING');
  });
  await check('the utility lists are given', async () => {
    assert.equal((await nlic.UtilityService.listLicensingModels(context)).length, 9);
    assert.equal((await nlic.UtilityService.listLicenseTypes(context)).length, 4);
    assert.ok((await nlic.UtilityService.listCountries(context)).length > 190);
  });
}

// The same questions to server and agent, about a licensee that nobody asked about before.
async function validations(context, licensee) {
  const ask = async (parameters = {}) => {
    const question = new nlic.ValidationParameters();
    for (const [module, values] of Object.entries(parameters)) {
      question.setProductModuleValidationParameters(module, values);
    }
    return nlic.LicenseeService.validate(context, licensee, question);
  };
  const about = (results, module) => results.getProductModuleValidation(module);

  await check('a dry run changes nothing', async () => {
    const question = new nlic.ValidationParameters();
    question.setDryRun(true);
    question.setProductModuleValidationParameters('M-PPU', { usedQuantity: 10 });
    const results = await nlic.LicenseeService.validate(context, licensee, question);
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('validation without parameters', async () => {
    const results = await ask();
    assert.ok(results.getTtl() > new Date());
    assert.equal(String(about(results, 'M-SUB').valid), 'true');
    assert.equal(about(results, 'M-SUB').licensingModel, 'Subscription');
    assert.ok(new Date(about(results, 'M-SUB').expires) > new Date());
    assert.equal(String(about(results, 'M-FEA')['E-FEA'][0].valid), 'true');
    assert.equal(String(about(results, 'M-FEA')['E-FEA2'][0].valid), 'false');
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '35');
    assert.equal(about(results, 'M-PPU').warningLevel, 'GREEN');
  });
  await check('used quantity is written off', async () => {
    const results = await ask({ 'M-PPU': { usedQuantity: 10 } });
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('more than remains cannot be reserved', async () => {
    const results = await ask({ 'M-PPU': { reserveQuantity: 26 } });
    assert.equal(String(about(results, 'M-PPU').valid), 'false');
    assert.equal(String(about(results, 'M-PPU').remainingQuantity), '25');
  });
  await check('a session checks out', async () => {
    const results = await ask({ 'M-FLO': { sessionId: 'first', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'true');
    assert.ok(about(results, 'M-FLO').expirationTimestamp);
  });
  await check('a second session finds no seat', async () => {
    const results = await ask({ 'M-FLO': { sessionId: 'second', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'false');
  });
  await check('a check-in frees the seat', async () => {
    // This version of the library cannot read an answer without a ttl, as a check-in's is.
    await assert.rejects(ask({ 'M-FLO': { sessionId: 'first', action: 'checkIn' } }), /Bad ttl/);
    const last = nlic.Service.getLastHttpRequestInfo();
    assert.equal(last.status, 200);
    assert.equal(last.data.ttl, null);
    const results = await ask({ 'M-FLO': { sessionId: 'second', action: 'checkOut' } });
    assert.equal(String(about(results, 'M-FLO').valid), 'true');
  });
  await check('a node is bound, another is not', async () => {
    const mine = await ask({ 'M-NOD': { nodeSecret: 'one' } });
    assert.equal(String(about(mine, 'M-NOD').valid), 'true');
    const other = await ask({ 'M-NOD': { nodeSecret: 'two' } });
    assert.equal(String(about(other, 'M-NOD').valid), 'false');
  });
  await check('a malformed parameter is a warning', async () => {
    const results = await ask({ 'M-PPU': { usedQuantity: 'many' } });
    assert.equal(String(about(results, 'M-PPU').valid), 'false');
    const infos = nlic.Service.getLastHttpRequestInfo().data.infos.info;
    assert.ok(infos.some(({ id, type }) => id === 'malformedParameter' && type === 'WARNING'));
  });
  await check('an unknown licensee is refused', async () => {
    await refused(404, 'NotFoundException', () => nlic.LicenseeService.validate(
      context, 'nobody', new nlic.ValidationParameters(),
    ));
  });
}

async function errors(context, base) {
  const { ProductService, ProductModuleService, LicenseeService } = nlic;
  await check('an unknown product is not found', async () => {
    const error = await refused(404, 'NotFoundException', () => ProductService.get(context, 'none'));
    assert.equal(error.message, 'Requested product does not exist');
  });
  await check('an unknown path entity of each kind is not found', async () => {
    for (const service of ['ProductModuleService', 'LicenseTemplateService', 'LicenseeService',
      'LicenseService', 'TokenService']) {
      await refused(404, 'NotFoundException', () => nlic[service].get(context, 'none'));
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
    await refused(400, 'IllegalOperationException', () => ProductService.delete(context, 'P', false));
  });
  await check('a wrong password is refused', async () => {
    await refused(401, 'AuthenticationException', () => ProductService.get(
      byPassword(base, 'vendor', 'wrong'), 'P',
    ));
  });
}

async function keys(context, base) {
  let key;
  await check('an API key is created', async () => {
    const token = new nlic.Token({ tokenType: 'APIKEY', apiKeyRole: 'ROLE_APIKEY_ANALYTICS' });
    const made = await nlic.TokenService.create(context, token);
    key = made.getNumber();
    assert.equal(made.getTokenType(), 'APIKEY');
    assert.ok(key.length >= 32);
  });
  await check('an API key opens what its role allows, and no more', async () => {
    const reader = byKey(base, key);
    assert.equal((await nlic.ProductService.get(reader, 'P')).getNumber(), 'P');
    const change = new nlic.Product({ name: 'Not mine to change' });
    await refused(
      403, 'AccessDeniedException', () => nlic.ProductService.update(reader, 'P', change),
    );
  });
  await check('an API key is listed and revoked', async () => {
    const tokens = await nlic.TokenService.list(context, { tokenType: 'APIKEY' });
    assert.ok(tokens.some((token) => token.getNumber() === key));
    await nlic.TokenService.delete(context, key);
    await refused(
      401, 'AuthenticationException', () => nlic.ProductService.get(byKey(base, key), 'P'),
    );
  });
}

async function removals(context) {
  await check('a license is updated and deleted', async () => {
    const license = await nlic.LicenseService.create(
      context, 'I-PAGE-0', 'E-PPU', null, new nlic.License({ active: true, name: 'Some' }),
    );
    const changed = await nlic.LicenseService.update(
      context, license.getNumber(), null, new nlic.License({ name: 'None', active: false }),
    );
    assert.equal(changed.getName(), 'None');
    assert.equal(changed.getActive(), false);
    await nlic.LicenseService.delete(context, license.getNumber());
    await refused(404, 'NotFoundException', () => nlic.LicenseService.get(
      context, license.getNumber(),
    ));
  });
  await check('a licensee is deleted with its licenses', async () => {
    await refused(
      400, 'IllegalOperationException',
      () => nlic.LicenseeService.delete(context, 'I-PAGE-1', false),
    );
    await nlic.LicenseeService.delete(context, 'I-PAGE-1', true);
    await refused(404, 'NotFoundException', () => nlic.LicenseeService.get(context, 'I-PAGE-1'));
    await refused(
      404, 'NotFoundException', () => nlic.LicenseeService.delete(context, 'I-PAGE-1', true),
    );
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

async function main([against, address, ...credentials]) {
  if (against === 'server') {
    const base = `${address}/core/v2/rest`;
    const context = byPassword(base, ...credentials);
    await catalogue(context);
    await customers(context);
    await lists(context);
    await validations(context, 'I-ONLINE');
    await errors(context, base);
    await keys(context, base);
    await removals(context);
  } else {
    // The base path of the original's agent.
    const context = byKey(`${address}/rest`, ...credentials);
    await validations(context, 'I-OFFLINE');
    await check('the agent has no vendor functions', async () => {
      await refused(404, 'NotFoundException', () => nlic.ProductService.get(context, 'P'));
      await refused(404, 'NotFoundException', () => nlic.LicenseService.list(context));
    });
    await check('the agent demands a key', async () => {
      await refused(401, 'AuthenticationException', () => nlic.LicenseeService.validate(
        byKey(`${address}/rest`, 'no key of ours'), 'I-OFFLINE', new nlic.ValidationParameters(),
      ));
    });
  }
  console.log(`${against}: ${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main(process.argv.slice(2));
