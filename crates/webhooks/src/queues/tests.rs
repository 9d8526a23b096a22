use super::*;

fn due_of(workspace: i64, webhook: i64, ids: std::ops::Range<i64>) -> Vec<DueDelivery> {
    ids.map(|id| DueDelivery {
        id: DeliveryId(id),
        webhook: WebhookId(webhook),
        workspace: WorkspaceId(workspace),
        message_id: String::new(),
        url: String::new(),
        secret: Vec::new(),
        body: String::new(),
        tries: 0,
        first_at: None,
    })
    .collect()
}

fn due(webhook: i64, ids: std::ops::Range<i64>) -> Vec<DueDelivery> {
    due_of(1, webhook, ids)
}

fn begun(queues: &mut Queues) -> Vec<Placed> {
    std::iter::from_fn(|| queues.next()).collect()
}

/// Lets an endpoint answer until it has reached the maximum of concurrent POSTs.
fn prove(queues: &mut Queues, (workspace, webhook): (i64, i64), ids: std::ops::Range<i64>) {
    queues.take(due_of(workspace, webhook, ids), 1_000);
    loop {
        let placed = begun(queues);
        if placed.is_empty() {
            return;
        }
        placed.iter().for_each(|placed| queues.posted(placed.place, true));
    }
}

#[test]
fn an_endpoint_begins_with_one_at_a_time_and_earns_more_by_answering() {
    let mut queues = Queues::default();
    queues.take(due(1, 0..100), 100);
    for expected in [1, 2, 4, 8, OF_ENDPOINT, OF_ENDPOINT] {
        let placed = begun(&mut queues);
        assert_eq!(placed.len(), expected);
        placed.iter().take(1).for_each(|one| queues.posted(one.place, true));
        let doubled = (expected * 2).min(OF_ENDPOINT);
        let more = begun(&mut queues);
        assert_eq!(more.len(), doubled - expected + 1, "one answer doubles it");
        // The endpoint's limit stays at `doubled` while the other POSTs are answered.
        let queue = queues.endpoints.get_mut(&WebhookId(1)).unwrap();
        queue.at_once = doubled;
        for one in placed.iter().skip(1).chain(&more) {
            queues.posted(one.place, true);
            queues.endpoints.get_mut(&WebhookId(1)).unwrap().at_once = doubled;
        }
    }
    let placed = begun(&mut queues);
    for one in &placed {
        queues.posted(one.place, false);
    }
    queues.take(due(1, 200..300), 100);
    assert_eq!(begun(&mut queues).len(), 1, "who does not answer begins anew");
}

#[test]
fn endpoints_that_hang_leave_half_of_their_workspaces_places() {
    let mut queues = Queues::default();
    prove(&mut queues, (1, 99), 0..40);
    for webhook in 1..=50 {
        queues.take(due(webhook, webhook * 1_000..webhook * 1_000 + 10), 1_000);
    }
    assert_eq!(begun(&mut queues).len(), OF_WORKSPACE / 2, "none of them ends");
    queues.take(due(99, 500..540), 1_000);
    let placed = begun(&mut queues);
    assert_eq!(placed.len(), OF_ENDPOINT);
    assert!(placed.iter().all(|placed| placed.place.webhook == WebhookId(99)));
}

#[test]
fn workspaces_whose_endpoints_hang_leave_half_of_all_places() {
    let mut queues = Queues::default();
    prove(&mut queues, (1, 1), 0..40);
    for webhook in 100..1_000 {
        let workspace = webhook / 10;
        queues.take(due_of(workspace, webhook, webhook * 1_000..webhook * 1_000 + 10), 1_000);
    }
    let hanging = begun(&mut queues);
    assert_eq!(hanging.len(), OF_ALL / 2);
    queues.take(due(1, 500..540), 1_000);
    assert_eq!(begun(&mut queues).len(), OF_ENDPOINT, "who answers is not kept waiting");
    queues.take(due_of(2, 2, 600..610), 1_000);
    queues.posted(hanging[0].place, false);
    let next = queues.next().expect("a place is free");
    assert_eq!(next.place.webhook, WebhookId(2), "who has the fewest goes first");
}

#[test]
fn what_is_known_is_not_queued_twice_and_again_when_it_is_due_again() {
    let mut queues = Queues::default();
    prove(&mut queues, (1, 1), 100..140);
    queues.take(due(1, 0..3), 3);
    assert!(!queues.are_short(), "they wait here");
    let placed = begun(&mut queues);
    assert_eq!(placed.len(), 3);
    assert!(queues.are_short());
    queues.take(due(1, 0..3), 4);
    assert!(!queues.are_short() && begun(&mut queues).is_empty());
    queues.forget(WebhookId(1), DeliveryId(1));
    queues.take(due(1, 0..3), 4);
    assert_eq!(begun(&mut queues)[0].due.id, DeliveryId(1));
    queues.take(due(1, 3..40), 40);
    let under_way = begun(&mut queues);
    queues.forget_waiting();
    queues.take(due(1, 39..40), 40);
    placed.iter().chain(&under_way).for_each(|one| queues.posted(one.place, true));
    assert_eq!(begun(&mut queues)[0].due.id, DeliveryId(39));
}
