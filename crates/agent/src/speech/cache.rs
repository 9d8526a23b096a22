//! A cache of synthesised sounds, limited in bytes; the least recently used sounds leave first. A
//! sound requested by many callers at once is made once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

type Sound = Arc<[i16]>;

/// The text and the voice.
pub(super) type Key = (String, String);

struct Entry {
    sound: Arc<OnceCell<Sound>>,
    bytes: usize,
    used_at: u64,
}

#[derive(Default)]
struct Shelf {
    entries: HashMap<Key, Entry>,
    bytes: usize,
    uses: u64,
}

pub(super) struct Cache {
    shelf: Mutex<Shelf>,
    max_bytes: usize,
}

impl Cache {
    pub fn new(max_bytes: usize) -> Self {
        Cache { shelf: Mutex::default(), max_bytes }
    }

    /// Returns the sound of `key`; `make` makes it unless it exists or is being made. Failures are
    /// not cached.
    pub async fn get<E>(
        &self,
        key: Key,
        make: impl Future<Output = Result<Sound, E>>,
    ) -> Result<Sound, E> {
        let cell = self.cell(&key);
        let result = cell.get_or_try_init(|| make).await.cloned();
        self.settle(&key, &cell, result.as_ref().ok());
        result
    }

    /// Removes the sound of `key`.
    pub fn forget(&self, key: &Key) {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner).forget(key);
    }

    fn cell(&self, key: &Key) -> Arc<OnceCell<Sound>> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.uses += 1;
        let used_at = shelf.uses;
        if let Some(entry) = shelf.entries.get_mut(key) {
            entry.used_at = used_at;
            return entry.sound.clone();
        }
        let sound = Arc::new(OnceCell::new());
        let bytes = key.0.len() + key.1.len() + size_of::<Entry>();
        shelf.bytes += bytes;
        shelf.entries.insert(key.clone(), Entry { sound: sound.clone(), bytes, used_at });
        shelf.make_room(self.max_bytes);
        sound
    }

    /// Adds a new sound to the byte count, or removes one that failed.
    fn settle(&self, key: &Key, cell: &Arc<OnceCell<Sound>>, sound: Option<&Sound>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = shelf.entries.get_mut(key).filter(|e| Arc::ptr_eq(&e.sound, cell)) else {
            return;
        };
        let Some(sound) = sound else {
            shelf.forget(&key.clone());
            return;
        };
        let bytes = key.0.len() + key.1.len() + size_of::<Entry>() + size_of_val(&**sound);
        let before = std::mem::replace(&mut entry.bytes, bytes);
        shelf.bytes = shelf.bytes - before + bytes;
        shelf.make_room(self.max_bytes);
    }
}

impl Shelf {
    fn make_room(&mut self, max_bytes: usize) {
        while self.bytes > max_bytes {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used_at);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { return };
            self.forget(&key);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn key(text: &str) -> Key {
        (text.to_owned(), "en".to_owned())
    }

    /// Gets `text` and counts how often it is made.
    async fn get(cache: &Cache, text: &str, made: &AtomicUsize) -> Sound {
        let make = async {
            tokio::task::yield_now().await;
            made.fetch_add(1, Ordering::Relaxed);
            Ok::<Sound, ()>(vec![7; 500].into())
        };
        cache.get(key(text), make).await.unwrap()
    }

    #[tokio::test]
    async fn a_sound_wanted_by_many_at_once_is_made_once() {
        let (cache, made) = (Cache::new(100_000), AtomicUsize::new(0));
        tokio::join!(get(&cache, "a", &made), get(&cache, "a", &made), get(&cache, "a", &made));
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn the_least_recently_used_goes_when_it_is_full() {
        let (cache, made) = (Cache::new(2_500), AtomicUsize::new(0));
        for text in ["a", "b", "a", "c", "a"] {
            get(&cache, text, &made).await;
        }
        assert_eq!(made.load(Ordering::Relaxed), 3, "a was kept");
        get(&cache, "b", &made).await;
        assert_eq!(made.load(Ordering::Relaxed), 4, "b was not");
        assert!(cache.shelf.lock().unwrap().bytes <= 2_500);
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let cache = Cache::new(100_000);
        let failed = cache.get(key("a"), async { Err::<Sound, &str>("no") }).await;
        assert_eq!(failed, Err("no"));
        assert_eq!(cache.shelf.lock().unwrap().bytes, 0);
        assert_eq!(get(&cache, "a", &AtomicUsize::new(0)).await.len(), 500);
    }

    #[tokio::test]
    async fn a_sound_larger_than_the_cache_is_given_and_not_kept() {
        let (cache, made) = (Cache::new(400), AtomicUsize::new(0));
        assert_eq!(get(&cache, "a", &made).await.len(), 500);
        assert_eq!(cache.shelf.lock().unwrap().bytes, 0);
    }
}
