use futures_util::FutureExt as _;
use uuid::Uuid;

use super::*;

fn gate(connections: usize, share: usize, line: usize) -> Arc<Gate> {
    Gate::new(FairSettings { connections, share, line, patience: Duration::from_mins(1) })
}

#[expect(clippy::unnecessary_wraps, reason = "nobody's work has a line too")]
fn tenant(number: u128) -> Whose {
    Some(TenantId(Uuid::from_u128(number)))
}

#[tokio::test]
async fn a_tenant_has_its_share_and_no_more() {
    let gate = gate(10, 4, 100);
    let mut loud = Vec::new();
    for _ in 0..4 {
        loud.push(gate.turn(tenant(1)).now_or_never().unwrap().unwrap());
    }
    let fifth = tokio::spawn({
        let gate = Arc::clone(&gate);
        async move { gate.turn(tenant(1)).await }
    });
    tokio::task::yield_now().await;
    assert!(!fifth.is_finished());
    let quiet = gate.turn(tenant(2)).now_or_never().expect("others do not wait").unwrap();
    drop(loud.pop());
    fifth.await.unwrap().unwrap();
    drop((loud, quiet));
    assert_eq!(gate.state().running, 0);
    assert!(gate.state().lanes.is_empty() && gate.state().order.is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn lines_are_served_in_turn() {
    let gate = gate(1, 1, 100);
    let held = gate.turn(None).now_or_never().unwrap().unwrap();
    let served = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in [1, 1, 1, 1, 2, 2, 3] {
        let (gate, served) = (Arc::clone(&gate), Arc::clone(&served));
        tasks.push(tokio::spawn(async move {
            let turn = gate.turn(tenant(number)).await.unwrap();
            served.lock().unwrap().push(number);
            drop(turn);
        }));
        // One after the other into the lines.
        tokio::task::yield_now().await;
    }
    drop(held);
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*served.lock().unwrap(), [1, 2, 3, 1, 2, 1, 1]);
}

#[tokio::test]
async fn a_line_has_a_bound_which_is_nobody_elses() {
    let gate = gate(2, 1, 3);
    let held = gate.turn(tenant(1)).now_or_never().unwrap().unwrap();
    let waiting: Vec<_> = (0..3)
        .map(|_| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.turn(tenant(1)).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(gate.turn(tenant(1)).await.unwrap_err(), NoTurn::LineFull(3));
    assert!(gate.turn(tenant(2)).now_or_never().unwrap().is_ok());
    drop(held);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_line_of_nobodys_work_has_a_bound_too() {
    let gate = gate(1, 1, 3);
    let held = gate.turn(None).now_or_never().unwrap().unwrap();
    let waiting: Vec<_> = (0..NOBODYS_LINE)
        .map(|_| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move { gate.turn(None).await.map(drop) })
        })
        .collect();
    while gate.state().last < NOBODYS_LINE as u64 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.turn(None).await.unwrap_err(), NoTurn::LineFull(NOBODYS_LINE));
    drop(held);
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    assert!(gate.state().lanes.is_empty() && gate.state().order.is_empty());
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let gate = Gate::new(FairSettings { connections: 1, share: 1, line: 9, patience: Duration::from_millis(30) });
    let held = gate.turn(tenant(1)).await.unwrap();
    assert_eq!(gate.turn(tenant(2)).await.unwrap_err(), NoTurn::TooLong(Duration::from_millis(30)));
    assert!(gate.state().order.is_empty(), "who gave up has left the line");
    drop(held);
    gate.turn(tenant(2)).now_or_never().unwrap().unwrap();
}

#[tokio::test]
async fn who_gives_up_leaves_the_line_and_loses_no_connection() {
    let gate = gate(1, 1, 9);
    for patience in 0..20 {
        let held = gate.turn(tenant(1)).now_or_never().unwrap().unwrap();
        let task = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.turn(tenant(2)).await.map(drop) }
        });
        for _ in 0..patience / 2 {
            tokio::task::yield_now().await;
        }
        // Called and given up in the same moment, in either order.
        if patience % 2 == 0 {
            drop(held);
            task.abort();
        } else {
            task.abort();
            drop(held);
        }
        // Whether it was too late to give up does not matter.
        let _ = task.await;
        assert_eq!(gate.state().running, 0);
        assert!(gate.state().lanes.is_empty() && gate.state().order.is_empty(), "{patience}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_nothing_is_lost_and_no_share_is_overdrawn() {
    let gate = gate(5, 2, 1000);
    let running: Arc<Vec<std::sync::atomic::AtomicUsize>> = Arc::new((0..4).map(|_| 0.into()).collect());
    let tasks = (0..400_usize).map(|number| {
        let (gate, running) = (Arc::clone(&gate), Arc::clone(&running));
        tokio::spawn(async move {
            let whose = number % 4;
            let _turn = gate.turn(tenant(whose as u128)).await.unwrap();
            let others = running[whose].fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            assert!(others < 2, "{others} of its own beside it");
            tokio::task::yield_now().await;
            running[whose].fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(gate.state().running, 0);
    assert!(gate.state().lanes.is_empty() && gate.state().order.is_empty());
}
