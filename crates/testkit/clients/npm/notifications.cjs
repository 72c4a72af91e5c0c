// Notifications: a whole life cycle. Nothing happens while one is there, so that none is sent.
'use strict';

const assert = require('node:assert/strict');
const nlic = require('netlicensing-client');
const { check, numbers, refused } = require('./harness.cjs');

async function notifications(context) {
  const { Notification, NotificationService } = nlic;
  const whole = {
    number: 'N',
    name: 'To our CRM',
    events: 'LICENSEE_CREATED,LICENSE_CREATED',
    protocol: 'WEBHOOK',
    endpoint: 'https://crm.example/hook?from=leasehold',
    payload: '{"text": "{$.entities.Event[0].name}"}',
  };

  await check('a notification is created', async () => {
    const made = await NotificationService.create(context, new Notification(whole));
    assert.equal(made.getActive(), true);
    for (const [name, value] of Object.entries(whole)) assert.equal(made.getProperty(name), value);
  });
  await check('a notification is updated and read', async () => {
    const change = new Notification({
      name: 'To nobody', active: false, events: 'WARNING_LEVEL_CHANGED',
    });
    await NotificationService.update(context, 'N', change);
    const notification = await NotificationService.get(context, 'N');
    assert.equal(notification.getName(), 'To nobody');
    assert.equal(notification.getActive(), false);
    assert.equal(notification.getEvents(), 'WARNING_LEVEL_CHANGED');
    assert.equal(notification.getProtocol(), 'WEBHOOK');
    assert.equal(notification.getEndpoint(), whole.endpoint);
    assert.equal(notification.getPayload(), whole.payload);
  });
  await check('notifications are listed', async () => {
    const { number, ...rest } = whole;
    const drawn = await NotificationService.create(
      context, new Notification({ ...rest, active: false }),
    );
    assert.match(drawn.getNumber(), /^N[2-9A-HJ-NP-Z]{8}$/);
    const page = await NotificationService.list(context);
    assert.deepEqual(numbers(page), [number, drawn.getNumber()]);
    assert.equal(String(page.getTotalItems()), '2');
    await NotificationService.delete(context, drawn.getNumber());
  });
  const missing = [
    ['name', 'Notification name is required.'],
    ['events', 'Notification events are required.'],
    ['protocol', 'Notification type is required.'],
    ['endpoint', 'Notification endpoint must be a valid URL.'],
  ];
  for (const [name, text] of missing) {
    await check(`a notification needs its ${name}`, async () => {
      const lacking = { ...whole, number: 'N-LACKING' };
      delete lacking[name];
      const error = await refused(400, 'ValidationException', () => NotificationService.create(
        context, new Notification(lacking),
      ));
      assert.equal(error.message, text);
    });
  }
  await check('an endpoint that is no URL is refused', async () => {
    const error = await refused(400, 'ValidationException', () => NotificationService.create(
      context, new Notification({ ...whole, number: 'N-NOWHERE', endpoint: 'over there' }),
    ));
    assert.equal(error.message, 'Notification endpoint must be a valid URL.');
  });
  await check('a notification is deleted', async () => {
    await NotificationService.delete(context, 'N');
    const error = await refused(
      404, 'NotFoundException', () => NotificationService.get(context, 'N'),
    );
    assert.equal(error.message, 'Requested notification does not exist');
    assert.equal((await NotificationService.list(context)).length, 0);
  });
}

module.exports = { notifications };
