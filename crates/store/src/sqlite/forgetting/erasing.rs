//! Erases a person, a few hundred rows at a time. A reader searches for the person's rows, and for
//! mentions of the person in other rows. A crash in between does no harm, because the next run
//! searches again.

use std::sync::Arc;

use async_trait::async_trait;
use campanile_numbers::{Country, Mention, normalise};
use campanile_rules::{
    agent::Results,
    event::RecipientFinished,
    ids::{AttemptId, BatchId, RecipientId},
    phone::E164,
    recipient::RecipientStatus,
    rejection::RejectReason,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;

use crate::sqlite::{
    SqliteStore, batches::import::MAX_POSITION, db::decode, dialing::claim, forgetting::deletion,
    log::tell,
};
use crate::{Erasing, OpenErasure, PersonFound, StoreError};

/// Rows that one read examines.
const LOOKED_AT: i64 = 5_000;

/// Rows that change in one transaction.
const AT_ONCE: usize = 500;

/// Replaces an erased person's name wherever the name was written down.
const ERASED: &str = "erased";

#[async_trait]
impl Erasing for SqliteStore {
    async fn find_person(&self, erasure: OpenErasure) -> Result<PersonFound, StoreError> {
        let Some(number) = erasure.number else { return Ok(PersonFound::default()) };
        let mention = Arc::new(Mention::of(number));
        let mut found = PersonFound::default();
        let workspace = erasure.workspace;
        let lists = self
            .read(move |connection| {
                let sql = "SELECT id, default_country FROM batches WHERE workspace = ?1";
                let mut statement = connection.prepare_cached(sql)?;
                let lists = statement.query_map([workspace.0], |row| {
                    let country: Option<String> = row.get(1)?;
                    Ok((BatchId(row.get(0)?), country.and_then(|country| country.parse().ok())))
                })?;
                Ok(lists.collect::<Result<Vec<_>, _>>()?)
            })
            .await?;
        for (batch, country) in lists {
            let mut behind = Some(batch.0 * MAX_POSITION);
            while let Some(after) = behind {
                let look = Look { mention: mention.clone(), number, country };
                let read = self.read(move |connection| look.look(connection, batch, after));
                let (last, some) = read.await?;
                found.own.extend(some.own);
                found.others.extend(some.others);
                behind = last;
            }
        }
        Ok(found)
    }

    async fn recordings_of(
        &self,
        people: Vec<RecipientId>,
    ) -> Result<Vec<(AttemptId, String)>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT r.attempt, r.file FROM attempts a
                         JOIN recordings r ON r.attempt = a.id WHERE a.recipient = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = Vec::new();
            for person in people {
                for recording in statement.query_map([person.0], deletion::recording)? {
                    found.push(recording?);
                }
            }
            Ok(found)
        })
        .await
    }

    async fn erase_people(
        &self,
        erasure: OpenErasure,
        (people, recordings): (Vec<RecipientId>, u64),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(move |connection| {
            let (mut rows, mut calls) = (0, 0);
            for person in people {
                if let Some(gone) = erase(connection, erasure, person, now)? {
                    rows += 1;
                    calls += gone;
                }
            }
            let sql = "UPDATE erasures SET people = people + ?2, calls = calls + ?3,
                              recordings = recordings + ?4 WHERE id = ?1";
            let row = params![erasure.id.0, rows, calls as i64, recordings as i64];
            connection.prepare_cached(sql)?.execute(row)?;
            Ok(())
        })
        .await
    }

    async fn erase_copies(
        &self,
        erasure: OpenErasure,
        others: Vec<RecipientId>,
    ) -> Result<(), StoreError> {
        let Some(number) = erasure.number else { return Ok(()) };
        let mention = Arc::new(Mention::of(number));
        for some in others.chunks(AT_ONCE) {
            let (some, mention) = (some.to_vec(), mention.clone());
            self.write(move |connection| {
                let cells = empty_cells(connection, &some, &mention)?;
                count(connection, erasure, cells)
            })
            .await?;
        }
        self.erase_events(erasure, &mention).await?;
        let about = {
            let mention = mention.clone();
            move |body: &str| mention.is_in(body)
        };
        let deliveries = self.forget_deliveries(erasure.workspace, about.clone()).await?;
        let answers = self.forget_answers(erasure.workspace, about, None).await?;
        self.write(move |connection| count(connection, erasure, deliveries + answers)).await?;
        self.erase_entries(erasure, &mention).await
    }
}

impl SqliteStore {
    async fn erase_events(
        &self,
        erasure: OpenErasure,
        mention: &Arc<Mention>,
    ) -> Result<(), StoreError> {
        let mut behind = Some(0_i64);
        while let Some(after) = behind {
            let mention = mention.clone();
            let (last, found) = self
                .read(move |connection| {
                    let sql = "SELECT id, data FROM events WHERE workspace = ?1 AND id > ?2
                                ORDER BY id LIMIT ?3";
                    let mut statement = connection.prepare_cached(sql)?;
                    let mut rows = statement.query([erasure.workspace.0, after, AT_ONCE as i64])?;
                    let (mut last, mut found) = (None, Vec::new());
                    while let Some(row) = rows.next()? {
                        last = Some(row.get(0)?);
                        if mention.is_in(row.get_ref(1)?.as_str().unwrap_or_default()) {
                            found.push(row.get(0)?);
                        }
                    }
                    Ok((last, found))
                })
                .await?;
            if !found.is_empty() {
                self.write(move |connection| {
                    deletion::forget_events(connection, erasure.workspace, &found)?;
                    count(connection, erasure, found.len() as u64)
                })
                .await?;
            }
            behind = last;
        }
        Ok(())
    }

    async fn erase_entries(
        &self,
        erasure: OpenErasure,
        mention: &Arc<Mention>,
    ) -> Result<(), StoreError> {
        let mut behind = Some(0_i64);
        while let Some(after) = behind {
            let mention = mention.clone();
            let (last, found) = self
                .read(move |connection| entries(connection, (erasure, after), &mention))
                .await?;
            if !found.is_empty() {
                self.write(move |connection| {
                    let sql = "UPDATE audit_log SET subject = ?2, before = ?3, after = ?4
                                WHERE id = ?1";
                    let mut rewrite = connection.prepare_cached(sql)?;
                    for Entry { id, subject, before, after } in &found {
                        rewrite.execute(params![id, subject, before, after])?;
                    }
                    count(connection, erasure, found.len() as u64)
                })
                .await?;
            }
            behind = last;
        }
        Ok(())
    }
}

fn count(connection: &Connection, erasure: OpenErasure, copies: u64) -> Result<(), StoreError> {
    let sql = "UPDATE erasures SET copies = copies + ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([erasure.id.0, copies as i64])?;
    Ok(())
}

/// What rows are compared with.
struct Look {
    mention: Arc<Mention>,
    number: E164,
    country: Option<Country>,
}

impl Look {
    /// Examines some rows of a list after a given row. Returns the last row examined and the people
    /// found.
    fn look(
        &self,
        connection: &Connection,
        batch: BatchId,
        after: i64,
    ) -> Result<(Option<i64>, PersonFound), StoreError> {
        let sql = "SELECT r.id, r.number, r.phone_cell, c.cells
                     FROM recipients r JOIN recipient_cells c ON c.recipient = r.id
                    WHERE r.id > ?1 AND r.id < ?2 AND r.erased_at IS NULL ORDER BY r.id LIMIT ?3";
        let mut statement = connection.prepare_cached(sql)?;
        let end = (batch.0 + 1) * MAX_POSITION;
        let mut rows = statement.query([after, end, LOOKED_AT])?;
        let (mut last, mut found) = (None, PersonFound::default());
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            last = Some(id);
            let number = decode::number(row, "number")?;
            let cell = row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            if number == Some(self.number) || cell.is_some_and(|cell| self.is_of(cell)) {
                found.own.push(RecipientId(id));
            } else if self.mention.is_in(row.get_ref(3)?.as_str().unwrap_or_default()) {
                found.others.push(RecipientId(id));
            }
        }
        Ok((last, found))
    }

    /// Whether a rejected row is the person's: its cell reads as the person's number, or it
    /// mentions the number and does not read as any number.
    fn is_of(&self, cell: &str) -> bool {
        match normalise(cell, self.country) {
            Ok(number) => number == self.number,
            Err(_) => self.mention.is_in(cell),
        }
    }
}

/// Anonymizes a row and returns how many calls it deleted. None: the row is anonymous already.
fn erase(
    connection: &Connection,
    erasure: OpenErasure,
    person: RecipientId,
    now: Timestamp,
) -> Result<Option<usize>, StoreError> {
    let sql = "SELECT status, attempts_made, attempts_recorded FROM recipients
                WHERE id = ?1 AND erased_at IS NULL AND status <> 'in_progress'";
    let found = connection.prepare_cached(sql)?.query_row([person.0], |row| {
        Ok((decode::status(row, "status")?, row.get::<_, u32>(1)?, row.get::<_, u32>(2)?))
    });
    let Some((status, attempts_made, attempts_recorded)) = found.optional()? else {
        return Ok(None);
    };
    let batch = BatchId(person.0 / MAX_POSITION);
    if status == RecipientStatus::Pending {
        let reason = RejectReason::Suppressed;
        claim::skip_pending(connection, (batch, person), (attempts_recorded, reason))?;
        let finished = RecipientFinished {
            recipient_id: person,
            row: tell::row_of(person.0),
            phone_number: String::new(),
            status: RecipientStatus::Skipped,
            attempts_made,
            call_id: None,
            digits: None,
            results: Results::new(),
            reason: Some(reason.as_str().to_owned()),
        };
        tell::skipped(connection, (erasure.workspace, batch), &finished, now)?;
    }
    let sql = "UPDATE recipients
                  SET erased_at = ?2, number = NULL, digits = NULL, results = NULL,
                      phone_cell = iif(phone_cell IS NULL, NULL, '')
                WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([person.0, now.0])?;
    // Records that refer to an attempt are deleted with it.
    let sql = "DELETE FROM attempts WHERE recipient = ?1";
    let calls = connection.prepare_cached(sql)?.execute([person.0])?;
    let sql = "UPDATE recipient_cells
                  SET cells = (SELECT json_group_array('') FROM json_each(cells))
                WHERE recipient = ?1";
    connection.prepare_cached(sql)?.execute([person.0])?;
    Ok(Some(calls))
}

/// Empties the cells that name a person in some rows, and returns how many there were.
fn empty_cells(
    connection: &Connection,
    rows: &[RecipientId],
    mention: &Mention,
) -> Result<u64, StoreError> {
    let mut read =
        connection.prepare_cached("SELECT cells FROM recipient_cells WHERE recipient = ?1")?;
    let mut write =
        connection.prepare_cached("UPDATE recipient_cells SET cells = ?2 WHERE recipient = ?1")?;
    let mut emptied = 0;
    for row in rows {
        let cells = read.query_row([row.0], |row| decode::json::<Vec<String>>(row, "cells"));
        let Some(mut cells) = cells.optional()? else { continue };
        for cell in cells.iter_mut().filter(|cell| mention.is_in(cell)) {
            cell.clear();
            emptied += 1;
        }
        write.execute(params![row.0, decode::to_json(&cells)?])?;
    }
    Ok(emptied)
}

/// An audit log entry in its new form.
struct Entry {
    id: i64,
    subject: String,
    before: Option<String>,
    after: Option<String>,
}

/// Examines some entries after a given one. Returns the last entry examined, and the entries that
/// name the person, in their new form.
fn entries(
    connection: &Connection,
    (erasure, after): (OpenErasure, i64),
    mention: &Mention,
) -> Result<(Option<i64>, Vec<Entry>), StoreError> {
    let sql = "SELECT id, subject, before, after FROM audit_log WHERE workspace = ?1 AND id > ?2
                ORDER BY id LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([erasure.workspace.0, after, AT_ONCE as i64])?;
    let (mut last, mut found) = (None, Vec::new());
    while let Some(row) = rows.next()? {
        let (id, subject): (i64, String) = (row.get(0)?, row.get(1)?);
        let told: [Option<String>; 2] = [row.get(2)?, row.get(3)?];
        last = Some(id);
        let names = |text: &String| mention.is_in(text);
        if names(&subject) || told.iter().flatten().any(names) {
            let subject = if names(&subject) { ERASED.to_owned() } else { subject };
            let [before, after] = told.map(|told| told.map(|told| without(&told, mention)));
            found.push(Entry { id, subject, before, after });
        }
    }
    Ok((last, found))
}

/// The JSON text with every mention of the person removed from its strings.
fn without(json: &str, mention: &Mention) -> String {
    let Ok(mut value) = serde_json::from_str(json) else { return Value::Null.to_string() };
    blot(&mut value, mention);
    value.to_string()
}

fn blot(value: &mut Value, mention: &Mention) {
    match value {
        Value::String(text) if mention.is_in(text) => *text = ERASED.to_owned(),
        Value::Number(number) if mention.is_in(&number.to_string()) => *value = ERASED.into(),
        Value::Array(values) => values.iter_mut().for_each(|value| blot(value, mention)),
        Value::Object(members) => members.values_mut().for_each(|value| blot(value, mention)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
