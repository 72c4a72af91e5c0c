// Licensees, their licenses and lists.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const {
  check, lastReply, numbers, refused,
} = require('./harness.cjs');

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
      seen.push(...numbers(answer));
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
    const [info] = lastReply().data.infos.info;
    assert.equal(info.id, 'filterIgnored');
    assert.equal(info.type, 'WARNING');
  });
  await check('a number with blanks, umlauts and commas is found by it', async () => {
    const number = 'I Müller, Söhne & Co';
    const licensee = new nlic.Licensee({ number, active: true });
    await nlic.LicenseeService.create(context, 'P', licensee);
    assert.equal((await nlic.LicenseeService.get(context, number)).getNumber(), number);
    const found = await nlic.LicenseeService.list(context, { number });
    assert.deepEqual(numbers(found), [number]);
    await nlic.LicenseeService.delete(context, number, true);
  });
  await check('the utility lists are given', async () => {
    const models = await nlic.UtilityService.listLicensingModels(context);
    assert.equal(models.length, 9);
    assert.ok(models.some(({ name }) => name === 'TryAndBuy'));
    const types = await nlic.UtilityService.listLicenseTypes(context);
    assert.deepEqual(
      types.map(({ name }) => name).sort(), ['FEATURE', 'FLOATING', 'QUANTITY', 'TIMEVOLUME'],
    );
    assert.ok((await nlic.UtilityService.listCountries(context)).length > 190);
  });
  await check('countries are filtered, and one without value added tax has none', async () => {
    const [germany] = await nlic.UtilityService.listCountries(context, { code: 'DE' });
    assert.equal(germany.getName(), 'GERMANY');
    assert.equal(germany.getIsEu(), true);
    assert.ok(germany.getVatPercent() > 0);
    const [states] = await nlic.UtilityService.listCountries(context, { code: 'US' });
    assert.equal(states.getIsEu(), false);
    assert.equal(states.getVatPercent(), undefined);
  });
}

async function transfers(context) {
  const { LicenseeService, LicenseService } = nlic;
  const owned = async (licenseeNumber) => numbers(
    await LicenseService.list(context, { licenseeNumber, licenseTemplateNumber: 'E-PPU' }),
  );

  await check('a licensee that is not marked gives nothing away', async () => {
    for (const number of ['I-FROM', 'I-TO']) {
      await LicenseeService.create(context, 'P', new nlic.Licensee({ number, active: true }));
    }
    const license = new nlic.License({ number: 'L-MOVES', active: true });
    await LicenseService.create(context, 'I-FROM', 'E-PPU', null, license);
    await refused(
      400, 'IllegalOperationException', () => LicenseeService.transfer(context, 'I-TO', 'I-FROM'),
    );
  });
  await check('a transfer moves what was bought and leaves what was automatic', async () => {
    const marked = await LicenseeService.update(
      context, 'I-FROM', new nlic.Licensee({ markedForTransfer: true }),
    );
    assert.equal(marked.getProperty('markedForTransfer'), true);
    const reply = await LicenseeService.transfer(context, 'I-TO', 'I-FROM');
    assert.equal(reply.status, 204);
    assert.ok(!reply.data);
    assert.deepEqual(await owned('I-FROM'), []);
    assert.deepEqual(await owned('I-TO'), ['L-MOVES']);
    assert.equal((await LicenseService.list(context, { licenseeNumber: 'I-FROM' })).length, 1);
  });
  await check('a transfer again changes nothing', async () => {
    assert.equal((await LicenseeService.transfer(context, 'I-TO', 'I-FROM')).status, 204);
    assert.deepEqual(await owned('I-TO'), ['L-MOVES']);
  });
  await check('a transfer from or to nobody is refused', async () => {
    await refused(
      404, 'NotFoundException', () => LicenseeService.transfer(context, 'nobody', 'I-FROM'),
    );
    await refused(
      404, 'NotFoundException', () => LicenseeService.transfer(context, 'I-TO', 'nobody'),
    );
  });
}

async function customerRemovals(context) {
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
}

module.exports = {
  customerRemovals, customers, lists, transfers,
};
