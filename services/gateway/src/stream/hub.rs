//! News of the last minutes, by organization: what listeners get and what they may resume from.
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::broadcast;
use wt_model::TenantKey;

use super::News;

/// Events one listener may be behind before it is told to resync: a slow browser must not hold
/// memory for others.
const BEHIND_MAX: usize = 512;
/// Events kept for those who come back: a page that reloads, a laptop lid.
const KEPT_MAX: usize = 512;
/// How long an organization without listeners is remembered.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// One event with its place in the stream.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Its number; grows by one.
    pub(crate) number: u64,
    /// What happened.
    pub(crate) news: Arc<News>,
}

/// A listener's connection to the hub.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Names this hub's numbering: another process, or this one after a restart, has another.
    pub(crate) epoch: u64,
    /// What was missed, oldest first, or that it cannot be told.
    pub(crate) missed: Missed,
    /// What happens from now on.
    pub(crate) live: broadcast::Receiver<Event>,
}

/// What a listener that comes back has missed.
#[derive(Debug)]
pub(crate) enum Missed {
    /// These; none for a new listener.
    Events(Vec<Event>),
    /// More than is kept, or the numbering is not ours.
    TooMuch,
}

/// Fans news out. One a process; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    epoch: u64,
    rooms: Mutex<BTreeMap<TenantKey, Room>>,
}

#[derive(Debug)]
struct Room {
    next: u64,
    kept: VecDeque<Event>,
    sender: broadcast::Sender<Event>,
    empty_since: Option<Instant>,
}

impl Room {
    fn new() -> Self {
        Self {
            next: 1,
            kept: VecDeque::new(),
            sender: broadcast::channel(BEHIND_MAX).0,
            empty_since: None,
        }
    }
}

impl Hub {
    /// A hub with its own numbering.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            epoch: rand::random::<u32>().into(),
            rooms: Mutex::default(),
        }))
    }

    /// Tells an organization's listeners. News of organizations nobody listens to is not kept.
    pub(crate) fn tell(&self, news: News) {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(room) = rooms.get_mut(&news.tenant) else {
            return;
        };
        let event = Event {
            number: room.next,
            news: Arc::new(news),
        };
        room.next += 1;
        if room.kept.len() == KEPT_MAX {
            room.kept.pop_front();
        }
        room.kept.push_back(event.clone());
        // Fails only when nobody listens right now; the event is kept for those who come back.
        let _ = room.sender.send(event);
    }

    /// Listens to an organization's news, from where `last` left off.
    pub(crate) fn listen(&self, tenant: TenantKey, last: Option<LastEvent>) -> Listener {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        forget_empty(&mut rooms);
        let room = rooms.entry(tenant).or_insert_with(Room::new);
        room.empty_since = None;
        let missed = match last {
            None => Missed::Events(Vec::new()),
            Some(last) if last.epoch != self.0.epoch || last.number >= room.next => Missed::TooMuch,
            Some(last) => {
                let oldest = room.kept.front().map_or(room.next, |event| event.number);
                if last.number + 1 < oldest {
                    Missed::TooMuch
                } else {
                    let later = room.kept.iter().filter(|event| event.number > last.number);
                    Missed::Events(later.cloned().collect())
                }
            }
        };
        Listener {
            epoch: self.0.epoch,
            missed,
            live: room.sender.subscribe(),
        }
    }

    /// Everybody missed something: the bus was away. Ends every stream's numbering.
    pub(crate) fn reset(&self) {
        let mut rooms = self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        // Receivers see the channel close and come back; their ids are then unknown.
        rooms.clear();
    }
}

fn forget_empty(rooms: &mut BTreeMap<TenantKey, Room>) {
    rooms.retain(|_, room| {
        if room.sender.receiver_count() > 0 {
            room.empty_since = None;
            return true;
        }
        room.empty_since.get_or_insert_with(Instant::now).elapsed() < KEPT_FOR
    });
}

/// `Last-Event-ID`: `<epoch>-<number>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LastEvent {
    epoch: u64,
    number: u64,
}

impl LastEvent {
    /// Reads the header. Anything that is not an id of ours counts as one that is too old.
    pub(crate) fn read(text: &str) -> Self {
        text.split_once('-')
            .and_then(|(epoch, number)| {
                Some(Self {
                    epoch: epoch.parse().ok()?,
                    number: number.parse().ok()?,
                })
            })
            .unwrap_or(Self {
                epoch: u64::MAX,
                number: 0,
            })
    }
}

#[cfg(test)]
mod tests {
    use wt_model::TenantKey;

    use super::{Hub, KEPT_MAX, LastEvent, Missed};
    use crate::stream::{News, Topic};

    fn tenant(last: char) -> TenantKey {
        format!("org_01ARZ3NDEKTSV4RRFFQ69G5FA{last}")
            .parse()
            .unwrap()
    }

    fn news(tenant: TenantKey) -> News {
        News {
            tenant,
            topics: vec![Topic::Changes],
            name: "run.changed",
            data: "{}".to_owned(),
        }
    }

    #[test]
    fn news_of_one_organization_does_not_reach_another() {
        let hub = Hub::new();
        let mut ours = hub.listen(tenant('V'), None);
        let mut theirs = hub.listen(tenant('W'), None);
        hub.tell(news(tenant('V')));
        assert_eq!(ours.live.try_recv().unwrap().number, 1);
        assert!(theirs.live.try_recv().is_err());
    }

    #[test]
    fn who_comes_back_gets_what_was_missed_or_is_told_to_resync() {
        let hub = Hub::new();
        let first = hub.listen(tenant('V'), None);
        for _ in 0..3 {
            hub.tell(news(tenant('V')));
        }
        let last = LastEvent {
            epoch: first.epoch,
            number: 1,
        };
        let Missed::Events(missed) = hub.listen(tenant('V'), Some(last)).missed else {
            panic!("the events are kept");
        };
        assert_eq!(
            missed.iter().map(|event| event.number).collect::<Vec<_>>(),
            [2, 3]
        );
        for _ in 0..KEPT_MAX {
            hub.tell(news(tenant('V')));
        }
        assert!(matches!(
            hub.listen(tenant('V'), Some(last)).missed,
            Missed::TooMuch
        ));
        let foreign = LastEvent::read("nonsense");
        assert!(matches!(
            hub.listen(tenant('V'), Some(foreign)).missed,
            Missed::TooMuch
        ));
    }
}
