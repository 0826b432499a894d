//! Operators and what takes two of them: who may, who may not, and that the database itself says no.
#![cfg(feature = "store")]

#[macro_use]
mod support;

use jiaozi_ledger::approval::{
    Approval, ApprovalState, Content, DecideApproval, Propose, WithdrawApproval, carried_out,
};
use jiaozi_ledger::command::{Adjust, Adjustment};
use jiaozi_ledger::decision::{Changes, Command, Decision, Scope, Verdict};
use jiaozi_ledger::id::ApprovalId;
use jiaozi_ledger::money::Fen;
use jiaozi_ledger::operator::{
    AddOperator, ChangeOperator, Operator, RevokeOperator, Role, authorised, key_name,
};
use jiaozi_ledger::row::{Cell, Row};
use jiaozi_ledger::store::batch::Reply;
use jiaozi_ledger::store::{Store, StoreError};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use support::commands::{Scripted, done};
use support::{TestClock, account, all_hold, broken, funded, one, tamper};

const LI: &str = "operator:li.wei";
const CHEN: &str = "operator:chen.yu";

fn by(who: &str, operation: &'static str, key: &str) -> Scope {
    Scope { partner: who.to_owned(), operation, key: key.to_owned() }
}

async fn run(store: &Store, command: impl Command + 'static) -> (Verdict, Value) {
    let reply: Reply = one(store, Arc::new(command)).await.expect("an answer");
    (reply.verdict, serde_json::from_slice(&reply.answer.body).expect("JSON"))
}

#[track_caller]
fn code(answer: &(Verdict, Value)) -> &str {
    assert_eq!(answer.0, Verdict::Declined, "{}", answer.1);
    answer.1["code"].as_str().expect("a code")
}

/// Moves 300 fen from `deposit:a` to `deposit:b`.
async fn adjustment(store: &Store) -> Adjustment {
    let (debit, credit) =
        (account(store, "deposit:a").await.id, account(store, "deposit:b").await.id);
    Adjustment { debit, credit, amount: Fen(300) }
}

async fn propose(store: &Store, who: &str, key: &str, content: Content) -> (Verdict, Value) {
    let scope = by(who, Propose::OPERATION, key);
    run(store, Propose { scope, content, reason: "paid twice at the desk".to_owned() }).await
}

async fn decide(
    store: &Store,
    who: &str,
    key: &str,
    id: ApprovalId,
    approve: bool,
) -> (Verdict, Value) {
    let remark = Some("seen".to_owned());
    let scope = by(who, DecideApproval::OPERATION, key);
    run(store, DecideApproval { scope, approval: id, approve, remark }).await
}

async fn withdraw(store: &Store, who: &str, key: &str, id: ApprovalId) -> (Verdict, Value) {
    let scope = by(who, WithdrawApproval::OPERATION, key);
    run(store, WithdrawApproval { scope, approval: id }).await
}

async fn adjust(
    store: &Store,
    who: &str,
    key: &str,
    id: ApprovalId,
    what: &Adjustment,
) -> (Verdict, Value) {
    let scope = by(who, Adjust::OPERATION, key);
    run(store, Adjust { scope, approval: id, adjustment: what.clone(), remark: None }).await
}

fn id(answer: &(Verdict, Value)) -> ApprovalId {
    assert_eq!(answer.0, Verdict::Done, "{}", answer.1);
    answer.1["approval"].as_str().expect("an id").parse().expect("an id")
}

async fn approval(store: &Store, id: ApprovalId) -> Approval {
    let found = store.first("id = $2", vec![Cell::Id(id.0)]).await;
    found.expect("read").expect("is there")
}

async fn what_one_proposes_another_approves_and_it_is_posted_once(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let what = adjustment(&store).await;
    let proposed = id(&propose(&store, LI, "p", what.content()).await);
    // The same again is proposed by nobody until the first is decided.
    assert_eq!(code(&propose(&store, CHEN, "p2", what.content()).await), "already_proposed");
    assert_eq!(code(&adjust(&store, LI, "own", proposed, &what).await), "approval_own");
    let other = Adjustment { amount: Fen(301), ..what.clone() };
    assert_eq!(code(&adjust(&store, CHEN, "other", proposed, &other).await), "approval_differs");
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(10_000));

    let (verdict, body) = adjust(&store, CHEN, "do", proposed, &what).await;
    assert_eq!((verdict, &body["state"]), (Verdict::Done, &Value::from("carried_out")));
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(9_700));
    // The same key is a replay; another one finds it done.
    assert_eq!(adjust(&store, CHEN, "do", proposed, &what).await.1, body);
    assert_eq!(code(&adjust(&store, CHEN, "again", proposed, &what).await), "approval_carried_out");
    assert_eq!(account(&store, "deposit:a").await.posted, Fen(9_700));
    let kept = approval(&store, proposed).await;
    assert_eq!((kept.maker.as_str(), kept.checker.as_deref()), (LI, Some(CHEN)));
    assert_eq!(kept.decided_seq, kept.ended_seq);
    let record = store.feed(kept.ended_seq.expect("ended") - 1, 1).await.expect("read").remove(0);
    assert_eq!((record.kind.as_str(), record.partner.as_str()), ("books.adjusted", CHEN));
    all_hold(&store).await;
}

async fn what_the_books_refuse_leaves_the_approval_open(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let what = Adjustment { amount: Fen(10_001), ..adjustment(&store).await };
    let proposed = id(&propose(&store, LI, "p", what.content()).await);
    assert_eq!(code(&adjust(&store, CHEN, "do", proposed, &what).await), "insufficient_funds");
    assert_eq!(approval(&store, proposed).await.state, ApprovalState::Open);
    all_hold(&store).await;
}

async fn a_proposal_is_decided_once_and_withdrawn_by_its_maker_only(
    store: Store,
    _clock: Arc<TestClock>,
) {
    funded(&store).await;
    let what = adjustment(&store).await;
    let rejected = id(&propose(&store, LI, "p1", what.content()).await);
    assert_eq!(code(&decide(&store, LI, "d0", rejected, true).await), "approval_own");
    decide(&store, CHEN, "d1", rejected, false).await;
    assert_eq!(code(&decide(&store, CHEN, "d2", rejected, true).await), "approval_rejected");
    assert_eq!(code(&withdraw(&store, LI, "w0", rejected).await), "approval_rejected");

    let withdrawn = id(&propose(&store, LI, "p2", what.content()).await);
    assert_eq!(code(&withdraw(&store, CHEN, "w1", withdrawn).await), "approval_of_another");
    withdraw(&store, LI, "w2", withdrawn).await;
    assert_eq!(code(&decide(&store, CHEN, "d3", withdrawn, true).await), "approval_withdrawn");
    assert_eq!(code(&adjust(&store, CHEN, "a1", withdrawn, &what).await), "approval_withdrawn");

    // Also what was approved, as long as it is not carried out.
    let late = id(&propose(&store, LI, "p3", what.content()).await);
    decide(&store, CHEN, "d4", late, true).await;
    withdraw(&store, LI, "w3", late).await;
    let kept = approval(&store, late).await;
    assert_eq!((kept.state, kept.checker.as_deref()), (ApprovalState::Withdrawn, Some(CHEN)));
    let unknown = ApprovalId(uuid::Uuid::nil());
    assert_eq!(code(&decide(&store, CHEN, "d5", unknown, true).await), "unknown_approval");
    all_hold(&store).await;
}

async fn a_command_carries_out_only_what_was_approved_before(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let what = adjustment(&store).await;
    let content = what.content();
    let proposed = id(&propose(&store, LI, "p", content.clone()).await);
    let carry = |key: &str, content: Content| {
        Scripted::deciding(key, vec![Approval::by_id(proposed)], move |facts| {
            match carried_out(facts, proposed, &content) {
                Ok(approval) => done(Changes { approvals: vec![approval], ..Changes::default() }),
                Err(problem) => problem.decline("test.declined", proposed.0, serde_json::json!({})),
            }
        })
    };
    let declined = |reply: Reply| String::from_utf8(reply.answer.body).expect("text");
    let early = one(&store, carry("early", content.clone())).await.expect("an answer");
    assert!(declined(early).contains("approval_open"));
    decide(&store, CHEN, "d", proposed, true).await;
    let other = Content { operation: "other".to_owned(), ..content.clone() };
    let differs = one(&store, carry("differs", other)).await.expect("an answer");
    assert!(declined(differs).contains("approval_differs"));
    let carried = one(&store, carry("now", content.clone())).await.expect("an answer");
    assert_eq!(carried.verdict, Verdict::Done);
    let again = one(&store, carry("again", content)).await.expect("an answer");
    assert!(declined(again).contains("approval_carried_out"));
    all_hold(&store).await;
}

async fn words_of_people_are_kept_and_not_told(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let what = adjustment(&store).await;
    let proposed = id(&propose(&store, LI, "p", what.content()).await);
    decide(&store, CHEN, "d", proposed, true).await;
    let kept = approval(&store, proposed).await;
    assert_eq!(
        (kept.reason.as_str(), kept.remark.as_deref()),
        ("paid twice at the desk", Some("seen"))
    );
    for record in support::feed(&store).await {
        let answer = String::from_utf8_lossy(&record.answer).into_owned();
        assert!(!record.data.contains("desk") && !answer.contains("desk"), "{}", record.kind);
    }
    for reason in ["", "  ", "a\u{7}b", &"x".repeat(501)] {
        let scope = by(LI, Propose::OPERATION, &format!("bad {}", reason.len()));
        let content = Content { subject: uuid::Uuid::max(), ..what.content() };
        let answer = run(&store, Propose { scope, content, reason: reason.to_owned() }).await;
        assert_eq!(code(&answer), "words_expected");
    }
    let scope = by(CHEN, DecideApproval::OPERATION, "silent");
    let silent = DecideApproval { scope, approval: proposed, approve: false, remark: None };
    assert_eq!(code(&run(&store, silent).await), "remark_missing");
}

/// Whatever a program says, maker and checker are two.
async fn the_database_itself_refuses_one_person_twice(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let what = adjustment(&store).await;
    let proposed = id(&propose(&store, LI, "p", what.content()).await);
    decide(&store, CHEN, "d", proposed, true).await;
    let refused = async |sql: &str| {
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        let refused = unit.execute(sql.to_owned(), vec![]).await;
        unit.rollback().await.expect("is taken back");
        matches!(refused, Err(StoreError::Refused(_)))
    };
    for sql in [
        "update approvals set checker = maker",
        "update approvals set maker = checker",
        "update approvals set checker = null",
        "update approvals set state = 4",
        "update approvals set state = 0",
        "update approvals set ended_seq = 1",
    ] {
        assert!(refused(sql).await, "{sql}");
    }
    // A command that is broken in this way is refused alone, and says so.
    let forged = Scripted::deciding("forged", vec![Approval::by_id(proposed)], move |facts| {
        let approval: Approval = facts.get::<Approval>(proposed).expect("loaded").clone();
        let forged = Approval { checker: Some(approval.maker.clone()), ..approval };
        done(Changes { approvals: vec![forged], ..Changes::default() })
    });
    assert!(one(&store, forged).await.is_err());
    assert_eq!(approval(&store, proposed).await.checker.as_deref(), Some(CHEN));
    all_hold(&store).await;
}

async fn add(store: &Store, who: &str, code: &str, roles: &[Role], key: &str) -> (Verdict, Value) {
    let scope = by(who, AddOperator::OPERATION, &format!("{code} {key} {roles:?}"));
    let (first, roles) = (who == Operator::actor(code), roles.iter().copied().collect());
    let (code, public_key) = (code.to_owned(), key.to_owned());
    run(store, AddOperator { scope, code, roles, public_key, first }).await
}

async fn operators_are_added_changed_and_revoked_by_another(store: Store, _clock: Arc<TestClock>) {
    let admin = "operator:admin";
    let only = [Role::Administrator];
    assert_eq!(code(&add(&store, admin, "admin", &[Role::Maker], "k0").await), "operator_roles");
    assert_eq!(add(&store, admin, "admin", &only, "k1").await.0, Verdict::Done);
    let second = add(&store, "operator:b", "b", &only, "k2").await;
    assert_eq!(code(&second), "operator_not_first");
    for (name, roles, key, expected) in [
        ("No", &[Role::Maker][..], "k3", "operator_code"),
        ("li.wei", &[], "k3", "operator_roles"),
        ("li.wei", &[Role::Maker, Role::Administrator], "k3", "operator_roles"),
        ("li.wei", &[Role::Maker], "k1", "operator_key_taken"),
        ("admin", &[Role::Maker], "k3", "operator_exists"),
    ] {
        assert_eq!(code(&add(&store, admin, name, roles, key).await), expected, "{name}");
    }
    assert_eq!(
        add(&store, admin, "li.wei", &[Role::Maker, Role::Checker], "k3").await.0,
        Verdict::Done
    );

    let change =
        |who: &str, key: &str, code: &str, roles: Option<BTreeSet<Role>>, public: Option<&str>| {
            ChangeOperator {
                scope: by(who, ChangeOperator::OPERATION, key),
                code: code.to_owned(),
                roles,
                public_key: public.map(str::to_owned),
            }
        };
    let retail = Some(BTreeSet::from([Role::Retail]));
    let own = change(admin, "c0", "admin", retail.clone(), None);
    assert_eq!(code(&run(&store, own).await), "operator_own_record");
    let taken = change(admin, "c1", "li.wei", None, Some("k1"));
    assert_eq!(code(&run(&store, taken).await), "operator_key_taken");
    run(&store, change(admin, "c2", "li.wei", retail, Some("k4"))).await;
    let revoke = |key: &str, code: &str| RevokeOperator {
        scope: by(admin, RevokeOperator::OPERATION, key),
        code: code.to_owned(),
    };
    assert_eq!(code(&run(&store, revoke("r0", "admin")).await), "operator_own_record");
    assert_eq!(run(&store, revoke("r1", "li.wei")).await.0, Verdict::Done);
    assert_eq!(code(&run(&store, revoke("r2", "li.wei")).await), "operator_revoked");
    assert_eq!(code(&run(&store, revoke("r3", "nobody")).await), "unknown_operator");
    // A code is never used again.
    assert_eq!(code(&add(&store, admin, "li.wei", &[Role::Maker], "k5").await), "operator_exists");
    let kinds: Vec<String> =
        support::feed(&store).await.into_iter().map(|record| record.kind).collect();
    for kind in ["operator.added", "operator.changed", "operator.revoked", "operator.declined"] {
        assert!(kinds.iter().any(|found| found == kind), "{kind}");
    }
    all_hold(&store).await;
}

/// What the code that asks is told of an operator, within the commit.
async fn a_role_counts_as_things_stand_in_the_commit(store: Store, _clock: Arc<TestClock>) {
    let admin = "operator:admin";
    add(&store, admin, "admin", &[Role::Administrator], "k1").await;
    add(&store, admin, "li.wei", &[Role::Maker], "k2").await;
    let ask = |name: &str, code: &'static str, role: Role, key: &'static str| {
        Scripted::deciding(name, vec![Operator::by_code(code)], move |facts| -> Decision {
            match authorised(facts, code, role, &key_name(key)) {
                Ok(_) => done(Changes::default()),
                Err(problem) => {
                    problem.decline("test.declined", uuid::Uuid::nil(), serde_json::json!({}))
                }
            }
        })
    };
    let verdict = async |command| one(&store, command).await.expect("an answer").verdict;
    assert_eq!(verdict(ask("1", "li.wei", Role::Maker, "k2")).await, Verdict::Done);
    assert_eq!(verdict(ask("2", "li.wei", Role::Checker, "k2")).await, Verdict::Declined);
    assert_eq!(verdict(ask("3", "li.wei", Role::Maker, "k1")).await, Verdict::Declined);
    assert_eq!(verdict(ask("4", "nobody", Role::Maker, "k2")).await, Verdict::Declined);
    // A revocation earlier in the same batch counts.
    let revoke = RevokeOperator {
        scope: by(admin, RevokeOperator::OPERATION, "r"),
        code: "li.wei".to_owned(),
    };
    let batch: Vec<Arc<dyn Command>> =
        vec![Arc::new(revoke), ask("5", "li.wei", Role::Maker, "k2")];
    let verdicts: Vec<Verdict> = store
        .run(&batch)
        .await
        .into_iter()
        .map(|reply| reply.expect("an answer").verdict)
        .collect();
    assert_eq!(verdicts, [Verdict::Done, Verdict::Declined]);
}

/// What is done behind the chain's back, and that the check says so.
async fn every_change_behind_the_chain_is_found(store: Store, _clock: Arc<TestClock>) {
    funded(&store).await;
    let admin = "operator:admin";
    add(&store, admin, "admin", &[Role::Administrator], "k1").await;
    add(&store, admin, "li.wei", &[Role::Maker], "k2").await;
    let what = adjustment(&store).await;
    let proposed = id(&propose(&store, LI, "p", what.content()).await);
    decide(&store, CHEN, "d", proposed, false).await;
    all_hold(&store).await;
    for sql in [
        "update operators set roles = '[\"checker\",\"maker\"]' where code = 'li.wei'",
        "update operators set public_key = 'k9' where code = 'li.wei'",
        "update operators set seq = 1 where code = 'li.wei'",
        "update operators set revoked_at = 1 where code = 'li.wei'",
        "update operators set code = 'other' where code = 'li.wei'",
        "delete from operators where code = 'li.wei'",
        "update approvals set state = 1",
        "update approvals set maker = 'operator:other'",
        "update approvals set checker = 'operator:other'",
        "update approvals set operation = 'other'",
        "update approvals set parameters = '{}'",
        "update approvals set decided_seq = seq",
        "update approvals set seq = decided_seq",
    ] {
        let tables = ["operators", "approvals"];
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        for table in tables {
            let copy = format!("create table kept_{table} as select * from {table}");
            unit.execute(copy, vec![]).await.expect("copied");
        }
        unit.commit().await.expect("commits");
        assert!(tamper(&store, sql).await > 0, "{sql}: changed nothing");
        assert_eq!(broken(&store).await, ["I6"], "{sql}");
        let (mut unit, _) = store.engine().begin().await.expect("begins");
        for table in tables {
            for back in [
                format!("delete from {table}"),
                format!("insert into {table} select * from kept_{table}"),
                format!("drop table kept_{table}"),
            ] {
                unit.execute(back.clone(), vec![]).await.expect(&back);
            }
        }
        unit.commit().await.expect("commits");
        all_hold(&store).await;
    }
    assert_eq!(Operator::TABLE.name, "operators");
}

on_both_engines! {
    what_one_proposes_another_approves_and_it_is_posted_once,
    what_the_books_refuse_leaves_the_approval_open,
    a_proposal_is_decided_once_and_withdrawn_by_its_maker_only,
    a_command_carries_out_only_what_was_approved_before,
    words_of_people_are_kept_and_not_told,
    the_database_itself_refuses_one_person_twice,
    operators_are_added_changed_and_revoked_by_another,
    a_role_counts_as_things_stand_in_the_commit,
    every_change_behind_the_chain_is_found,
}
