//! An envelope told piece by piece, so that an answer becomes bytes without being built up in
//! between. Whoever tells does not know the form, and whoever writes does not know what it means.

use crate::context::{Context, Item, Items, List, Page, Property};
use crate::info::Info;

/// What can be told as an envelope.
pub trait Envelope {
    /// Until when it may be cached: a canonical timestamp; validate only.
    fn ttl(&self) -> Option<impl AsRef<str>>;

    /// Tells all else, in the order that [`Writer`] wants.
    fn tell(&self, writer: &mut impl Writer);
}

/// Takes the pieces of an envelope: its infos, then its items, each with its properties and then
/// its lists, which are told as items are.
pub trait Writer {
    /// One info.
    fn info(&mut self, info: &Info);

    /// From here on come items. Never called: there are none, as in errors.
    fn items(&mut self, page: Option<&Page>);

    /// An item of this type begins.
    fn item(&mut self, kind: &str);

    /// A property of what has begun last, of one of the wire's own names: letters, which stand in
    /// every form as they are.
    fn property(&mut self, name: &'static str, value: &str);

    /// The same with a value that is of the wire's making too, and stands in every form as it is: a
    /// truth, a number, an instant, a word of the API's own.
    fn word(&mut self, name: &'static str, value: &str);

    /// A property of what has begun last, whose name is data.
    fn custom(&mut self, name: &str, value: &str);

    /// A list begins within what has begun last.
    fn list(&mut self, name: &str);

    /// The list that has begun last ends.
    fn end_list(&mut self);

    /// The item ends.
    fn end_item(&mut self);
}

impl Envelope for Context {
    fn ttl(&self) -> Option<impl AsRef<str>> {
        self.ttl.as_deref()
    }

    fn tell(&self, writer: &mut impl Writer) {
        for info in &self.infos {
            writer.info(info);
        }
        let Some(items) = &self.items else { return };
        writer.items(items.page.as_ref());
        items.items.iter().for_each(|item| item.tell(writer));
    }
}

impl Item {
    /// Tells it, from its beginning to its end.
    pub(crate) fn tell(&self, writer: &mut impl Writer) {
        writer.item(&self.kind);
        tell_content(&self.properties, &self.lists, writer);
        writer.end_item();
    }
}

fn tell_content(properties: &[Property], lists: &[List], writer: &mut impl Writer) {
    for property in properties {
        writer.custom(&property.name, &property.value);
    }
    for list in lists {
        writer.list(&list.name);
        tell_content(&list.properties, &list.lists, writer);
        writer.end_list();
    }
}

impl Context {
    /// What `envelope` tells, for those who look at it before it is written.
    pub fn of(envelope: &impl Envelope) -> Self {
        let mut builder = Builder::default();
        envelope.tell(&mut builder);
        Self {
            ttl: envelope.ttl().map(|ttl| ttl.as_ref().to_owned()),
            ..builder.context
        }
    }
}

/// Builds the context that is told.
#[derive(Default)]
struct Builder {
    context: Context,
    /// The lists that have begun and not ended, outermost first.
    open: Vec<List>,
}

impl Builder {
    fn told_item(&mut self) -> Option<&mut Item> {
        self.context.items.as_mut()?.items.last_mut()
    }
}

impl Writer for Builder {
    fn info(&mut self, info: &Info) {
        self.context.infos.push(info.clone());
    }

    fn items(&mut self, page: Option<&Page>) {
        self.context.items = Some(Items {
            items: Vec::new(),
            page: page.copied(),
        });
    }

    fn item(&mut self, kind: &str) {
        if let Some(items) = &mut self.context.items {
            items.items.push(Item {
                kind: kind.to_owned().into(),
                properties: Vec::new(),
                lists: Vec::new(),
            });
        }
    }

    fn property(&mut self, name: &'static str, value: &str) {
        if let Some(list) = self.open.last_mut() {
            list.put(name, value);
        } else if let Some(item) = self.told_item() {
            item.put(name, value);
        }
    }

    fn word(&mut self, name: &'static str, value: &str) {
        self.property(name, value);
    }

    fn custom(&mut self, name: &str, value: &str) {
        if let Some(list) = self.open.last_mut() {
            list.put_custom(name, value);
        } else if let Some(item) = self.told_item() {
            item.put_custom(name, value);
        }
    }

    fn list(&mut self, name: &str) {
        self.open.push(List::new(name));
    }

    fn end_list(&mut self) {
        let Some(list) = self.open.pop() else { return };
        if let Some(parent) = self.open.last_mut() {
            parent.lists.push(list);
        } else if let Some(item) = self.told_item() {
            item.lists.push(list);
        }
    }

    fn end_item(&mut self) {}
}
