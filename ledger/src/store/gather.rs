//! Gathers what arrives while the store is busy, so that much that is small shares one commit: while one
//! is on its way to the disk, the next batch gathers. The writer does so with commands, and doors with
//! what they keep beside the books.

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How much may wait, and how much is handled together.
#[derive(Clone, Copy, Debug)]
pub struct Bounds<Q> {
    /// How many questions may wait before callers are told to come back.
    pub waiting: usize,
    /// A batch takes what waits until it is this heavy.
    pub batch: usize,
    /// What a question weighs.
    pub weight: fn(&Q) -> usize,
}

/// For questions that are all alike.
impl<Q> Default for Bounds<Q> {
    fn default() -> Bounds<Q> {
        Bounds { waiting: 4_096, batch: 256, weight: |_| 1 }
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too much is waiting; nothing was done.
    #[error("too much is waiting")]
    Busy,
    /// The work has ended without an answer: what was done is not known.
    #[error("the work has ended")]
    Ended,
}

/// The end of a queue at which questions are put. Cheap to clone.
#[derive(Debug)]
pub struct Gather<Q, A> {
    queue: mpsc::Sender<(Q, oneshot::Sender<A>)>,
}

impl<Q, A> Clone for Gather<Q, A> {
    fn clone(&self) -> Gather<Q, A> {
        Gather { queue: self.queue.clone() }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Gather<Q, A> {
    /// A queue, and the work that answers its questions, a batch in its order. The work ends when the last
    /// clone of the queue is gone and nothing waits.
    pub fn new<W, F>(
        bounds: Bounds<Q>,
        work: W,
    ) -> (Gather<Q, A>, impl Future<Output = ()> + Send + 'static)
    where
        W: Fn(Vec<Q>) -> F + Send + 'static,
        F: Future<Output = Vec<A>> + Send + 'static,
    {
        let (queue, mut waiting) = mpsc::channel::<(Q, oneshot::Sender<A>)>(bounds.waiting);
        let gathering = async move {
            while let Some(first) = waiting.recv().await {
                let mut weight = (bounds.weight)(&first.0);
                let mut batch = vec![first];
                while weight < bounds.batch {
                    let Ok(next) = waiting.try_recv() else { break };
                    weight += (bounds.weight)(&next.0);
                    batch.push(next);
                }
                let (questions, asked): (Vec<Q>, Vec<_>) = batch.into_iter().unzip();
                for (asked, answer) in asked.into_iter().zip(work(questions).await) {
                    // Who has left does not need to know.
                    let _ = asked.send(answer);
                }
            }
        };
        (Gather { queue }, gathering)
    }

    /// Starts to gather beside everything else on the runtime.
    pub fn start<W, F>(bounds: Bounds<Q>, work: W) -> (Gather<Q, A>, JoinHandle<()>)
    where
        W: Fn(Vec<Q>) -> F + Send + 'static,
        F: Future<Output = Vec<A>> + Send + 'static,
    {
        let (gather, gathering) = Gather::new(bounds, work);
        (gather, tokio::spawn(gathering))
    }

    /// Puts a question and waits for its answer. It is answered even when the caller stops waiting.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn ask(&self, question: Q) -> Result<A, Unanswered> {
        let (asked, answered) = oneshot::channel();
        self.queue.try_send((question, asked)).map_err(|error| match error {
            TrySendError::Full(_) => Unanswered::Busy,
            TrySendError::Closed(_) => Unanswered::Ended,
        })?;
        answered.await.map_err(|_| Unanswered::Ended)
    }

    /// Whether the work has ended, so that nothing is answered any more.
    pub fn has_ended(&self) -> bool {
        self.queue.is_closed()
    }

    /// How many questions wait now.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    #[tokio::test]
    async fn everyone_gets_the_answer_to_their_own_question() {
        let (gather, _) = Gather::start(Bounds::default(), |batch: Vec<u32>| async move {
            batch.into_iter().map(|number| number * 2).collect()
        });
        let answers = join_all((0..1_000).map(|number| gather.ask(number))).await;
        let doubled: Vec<_> = (0..1_000).map(|number| Ok(number * 2)).collect();
        assert_eq!(answers, doubled);
    }

    #[tokio::test]
    async fn a_batch_is_as_heavy_as_it_may_be_and_who_comes_too_late_is_told() {
        let bounds = Bounds { waiting: 4, batch: 5, weight: |question: &usize| *question };
        let (gather, task) = Gather::start(bounds, |batch: Vec<usize>| async move {
            vec![batch.iter().sum::<usize>(); batch.len()]
        });
        // All are put before the first is taken. What makes a batch too heavy still belongs to it.
        let answers = join_all([3, 4, 9, 2, 1].map(|question| gather.ask(question))).await;
        assert_eq!(answers, [Ok(7), Ok(7), Ok(9), Ok(2), Err(Unanswered::Busy)]);
        assert_eq!(gather.waiting(), 0);
        drop(gather);
        assert!(task.await.is_ok(), "it ends with the last who could ask");
    }
}
