//! Gathers what arrives while the store is busy, so that many small writes share one commit. The
//! books' own writer does the same for commands; this is for what the doors keep beside them.

use tokio::sync::{mpsc, oneshot};

/// The most that are handled together.
const BATCH: usize = 256;
/// How many may wait.
const QUEUE_LENGTH: usize = 4_096;

/// Too much is waiting, or the gathering has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much is waiting")]
pub struct Busy;

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
    /// Starts to gather; `work` answers a batch in its order. Needs a runtime, and ends when the last
    /// clone is gone.
    pub fn start<W, F>(work: W) -> Gather<Q, A>
    where
        W: Fn(Vec<Q>) -> F + Send + 'static,
        F: Future<Output = Vec<A>> + Send,
    {
        let (queue, mut waiting) = mpsc::channel::<(Q, oneshot::Sender<A>)>(QUEUE_LENGTH);
        tokio::spawn(async move {
            while let Some(first) = waiting.recv().await {
                let mut batch = vec![first];
                while batch.len() < BATCH {
                    let Ok(next) = waiting.try_recv() else { break };
                    batch.push(next);
                }
                let (questions, asked): (Vec<Q>, Vec<_>) = batch.into_iter().unzip();
                for (asked, answer) in asked.into_iter().zip(work(questions).await) {
                    // Who has left does not need to know.
                    let _ = asked.send(answer);
                }
            }
        });
        Gather { queue }
    }

    /// Puts a question and waits for its answer.
    ///
    /// # Errors
    /// When too much is waiting; then nothing was done.
    pub async fn ask(&self, question: Q) -> Result<A, Busy> {
        let (asked, answered) = oneshot::channel();
        self.queue.try_send((question, asked)).map_err(|_| Busy)?;
        answered.await.map_err(|_| Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everyone_gets_the_answer_to_their_own_question() {
        let gather = Gather::start(|batch: Vec<u32>| async move {
            batch.into_iter().map(|number| number * 2).collect()
        });
        let asked = (0..1_000).map(|number| gather.ask(number));
        let answers = futures_util::future::join_all(asked).await;
        let doubled: Vec<_> = (0..1_000).map(|number| Ok(number * 2)).collect();
        assert_eq!(answers, doubled);
    }
}
