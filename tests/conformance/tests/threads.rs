//! Threads, and the data that they share.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex, Once, RwLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn sixty_four_threads_share_a_mutex_and_a_barrier() {
    let (total, barrier) = (Mutex::new(0), Barrier::new(64));
    let leaders = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                for _ in 0..20 {
                    *total.lock().unwrap() += 1;
                    if barrier.wait().is_leader() {
                        leaders.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(
        (total.into_inner().unwrap(), leaders.into_inner()),
        (64 * 20, 20)
    );
}

#[test]
fn a_condition_wakes_the_threads_that_wait() {
    let turn = Arc::new((Mutex::new(0), Condvar::new()));
    let wait_for = |number: usize| {
        let turn = Arc::clone(&turn);
        thread::spawn(move || {
            let (current, changed) = &*turn;
            let mut current = changed
                .wait_while(current.lock().unwrap(), |current| *current != number)
                .unwrap();
            *current += 1;
            changed.notify_all();
        })
    };
    let threads: Vec<_> = (0..32).rev().map(wait_for).collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(*turn.0.lock().unwrap(), 32);
    let (lock, never) = (Mutex::new(()), Condvar::new());
    let begin = Instant::now();
    let (_guard, result) = never
        .wait_timeout(lock.lock().unwrap(), Duration::from_millis(20))
        .unwrap();
    assert!(result.timed_out() && begin.elapsed() >= Duration::from_millis(20));
}

#[test]
fn channels_carry_everything() {
    let (sender, receiver) = mpsc::sync_channel(3);
    let senders: Vec<_> = (0..16_u64)
        .map(|thread| {
            let sender = sender.clone();
            thread::spawn(move || (0..1000).for_each(|i| sender.send(thread * 1000 + i).unwrap()))
        })
        .collect();
    drop(sender);
    assert_eq!(receiver.iter().sum::<u64>(), (0..16_000).sum());
    senders
        .into_iter()
        .for_each(|sender| sender.join().unwrap());
}

#[test]
fn ten_thousand_short_threads_end() {
    let ended = AtomicUsize::new(0);
    for _ in 0..625 {
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| ended.fetch_add(1, Ordering::Relaxed));
            }
        });
    }
    assert_eq!(ended.into_inner(), 10_000);
}

#[test]
fn a_threads_own_values_are_dropped_at_its_end() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    thread_local!(static OWN: RefCell<Vec<Dropped>> = const { RefCell::new(Vec::new()) });
    let dropped = Arc::new(AtomicUsize::new(0));
    for _ in 0..8 {
        let value = Dropped(Arc::clone(&dropped));
        thread::spawn(move || OWN.with(|own| own.borrow_mut().push(value)))
            .join()
            .unwrap();
    }
    assert_eq!(dropped.load(Ordering::SeqCst), 8);
}

#[test]
fn a_panic_is_its_threads_alone() {
    let panicked = thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| std::panic::panic_any(7))
        .unwrap()
        .join();
    assert_eq!(*panicked.unwrap_err().downcast::<i32>().unwrap(), 7);
    let lock = Arc::new(RwLock::new(()));
    let other = Arc::clone(&lock);
    let poison = move || {
        let _guard = other.write();
        std::panic::panic_any(8);
    };
    assert!(thread::spawn(poison).join().is_err() && lock.is_poisoned());
}

#[test]
fn what_is_to_happen_once_happens_once() {
    static ONCE: Once = Once::new();
    static TIMES: AtomicUsize = AtomicUsize::new(0);
    let once = || ONCE.call_once(|| _ = TIMES.fetch_add(1, Ordering::SeqCst));
    thread::scope(|scope| (0..16).for_each(|_| drop(scope.spawn(once))));
    assert_eq!(TIMES.load(Ordering::SeqCst), 1);
}
