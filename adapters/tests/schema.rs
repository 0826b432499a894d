//! The published schema lists exactly the keys that the types accept, and names the words of every
//! enumeration, so that an editor never says something else than `jiaozi partner check`.

use std::collections::{BTreeMap, BTreeSet};

use jiaozi_adapters::spec::PartnerFile;
use jiaozi_adapters::spec::access::{Access, MutualTls, Scope, Signature, Webhook, WebhookEvent};
use jiaozi_adapters::spec::biller::{BillerItem, Characters, Customer, Service};
use jiaozi_adapters::spec::channel::Channel;
use jiaozi_adapters::spec::clearing::{Clearing, SettlementDay};
use jiaozi_adapters::spec::core::Core;
use jiaozi_adapters::spec::day_file::{Align, DayColumn, DayFile, DayTotals, Source};
use jiaozi_adapters::spec::fee::Fee;
use jiaozi_adapters::spec::fetch::{By, Fetch, On};
use jiaozi_adapters::spec::file_shape::{
    Encoding, FileShapeKeys, FileType, FixedField, TotalsCell, TotalsFormat, TotalsSum, Unit,
};
use jiaozi_adapters::spec::files::{FileFormat, Files};
use jiaozi_adapters::spec::house::HouseKeys;
use jiaozi_adapters::spec::identity::{Code, Identity, Kind, Names, Scene};
use jiaozi_adapters::spec::import::{
    Action, AmountColumn, BillFormat, CodedKeys, DateColumn, DueKeys, ExtraDecimals, ImportIdKeys,
    KeyField, LawfulBasis, PeriodColumn, Relation, RosterFormat, TextColumn,
};
use jiaozi_adapters::spec::late_fee::{CountsFrom, LateFee};
use jiaozi_adapters::spec::message::{
    AmountAt, Cell, ContentForm, Field, FieldSource, FileAt, Lines, Message, MessageAnswer,
    Messages, Method, Outcome, PeriodAt, Status, Under,
};
use jiaozi_adapters::spec::outbound::{
    AnswerForm, BodyKind, Breaker, Charset, Frame, LengthForm, Limits, NotFound, Outbound,
    ReferenceForm, RequestForm, Reversal, Schedule, Timeouts, TransportKeys, TransportType,
};
use jiaozi_adapters::spec::payout::{Destination, Payout, PayoutPayee, Settle};
use jiaozi_adapters::spec::prepay::Prepay;
use jiaozi_adapters::spec::property::{Budget, Community, Item, Partial, Payment, Refund};
use jiaozi_adapters::spec::reconciliation::{
    DifferentAmount, DifferentStatus, OnlyOurs, OnlyTheirs, Reconciliation,
};
use jiaozi_adapters::spec::rounding::Rounding;
use jiaozi_adapters::spec::signing::{Algorithm, HexCase, OverKeys, SignedAnswer, Signing};
use jiaozi_adapters::spec::split::SplitKeys;
use jiaozi_adapters::spec::statement::{
    EmptyDay, LineStatus, MomentColumn, Statement, TotalsCover, TotalsDate, Withheld,
};
use jiaozi_adapters::spec::withholding::{
    ResultColumn, ResultFile, ResultSource, Run, Withholding,
};
use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde_json::Value;

/// A deserializer that answers nothing and notes what it was asked for.
struct Asked<'a>(&'a mut Vec<&'static str>);

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(de::Error::custom("not a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(fields);
        Err(de::Error::custom("noted"))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.extend(variants);
        Err(de::Error::custom("noted"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

fn names_of<T: DeserializeOwned>() -> BTreeSet<String> {
    let mut names = Vec::new();
    assert!(T::deserialize(Asked(&mut names)).is_err());
    assert!(!names.is_empty(), "the type is neither a struct nor an enumeration");
    names.into_iter().map(str::to_owned).collect()
}

fn schema() -> Value {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../partner-specs/schema/partner-1.schema.json");
    let text = std::fs::read_to_string(path).expect("the schema is there");
    serde_json::from_str(&text).expect("it is JSON")
}

fn keys(object: &Value) -> BTreeSet<String> {
    object["properties"].as_object().expect("an object").keys().cloned().collect()
}

fn words(value: &Value) -> BTreeSet<String> {
    let list = value["enum"].as_array().expect("an enumeration");
    list.iter().map(|w| w.as_str().expect("a word").to_owned()).collect()
}

#[test]
fn the_schema_lists_exactly_the_keys_that_are_accepted() {
    let schema = schema();
    let accepted: BTreeMap<&str, BTreeSet<String>> = [
        ("partner", names_of::<Identity>()),
        ("names", names_of::<Names>()),
        ("access", names_of::<Access>()),
        ("signature", names_of::<Signature>()),
        ("mutual_tls", names_of::<MutualTls>()),
        ("webhook", names_of::<Webhook>()),
        ("channel", names_of::<Channel>()),
        ("biller", names_of::<Service>()),
        ("core", names_of::<Core>()),
        ("biller_item", names_of::<BillerItem>()),
        ("customer", names_of::<Customer>()),
        ("outbound", names_of::<Outbound>()),
        ("transport", names_of::<TransportKeys>()),
        ("files", names_of::<Files>()),
        ("frame", names_of::<Frame>()),
        ("reference", names_of::<ReferenceForm>()),
        ("request", names_of::<RequestForm>()),
        ("answer", names_of::<AnswerForm>()),
        ("limits", names_of::<Limits>()),
        ("timeouts", names_of::<Timeouts>()),
        ("breaker", names_of::<Breaker>()),
        ("schedule", names_of::<Schedule>()),
        ("signing", names_of::<Signing>()),
        ("over", names_of::<OverKeys>()),
        ("signed_answer", names_of::<SignedAnswer>()),
        ("messages", names_of::<Messages>()),
        ("message", names_of::<Message>()),
        ("field", names_of::<Field>()),
        ("cell", names_of::<Cell>()),
        ("message_answer", names_of::<MessageAnswer>()),
        ("status", names_of::<Status>()),
        ("amount_at", names_of::<AmountAt>()),
        ("period_at", names_of::<PeriodAt>()),
        ("lines", names_of::<Lines>()),
        ("file_at", names_of::<FileAt>()),
        ("statement", names_of::<Statement>()),
        ("fetch", names_of::<Fetch>()),
        ("reconciliation", names_of::<Reconciliation>()),
        ("totals_date", names_of::<TotalsDate>()),
        ("moment_column", names_of::<MomentColumn>()),
        ("coded_status", names_of::<CodedKeys<LineStatus>>()),
        ("community", names_of::<Community>()),
        ("item", names_of::<Item>()),
        ("clearing", names_of::<Clearing>()),
        ("fee", names_of::<Fee>()),
        ("payout", names_of::<Payout>()),
        ("payout_payee", names_of::<PayoutPayee>()),
        ("destination", names_of::<Destination>()),
        ("late_fee", names_of::<LateFee>()),
        ("split", names_of::<SplitKeys>()),
        ("payment", names_of::<Payment>()),
        ("refund", names_of::<Refund>()),
        ("budget", names_of::<Budget>()),
        ("prepay", names_of::<Prepay>()),
        ("coded", names_of::<CodedKeys<Code>>()),
        ("coded_action", names_of::<CodedKeys<Action>>()),
        ("coded_relation", names_of::<CodedKeys<Relation>>()),
        ("coded_basis", names_of::<CodedKeys<LawfulBasis>>()),
        ("text_column", names_of::<TextColumn>()),
        ("date_column", names_of::<DateColumn>()),
        ("period_column", names_of::<PeriodColumn>()),
        ("import_id", names_of::<ImportIdKeys>()),
        ("house", names_of::<HouseKeys>()),
        ("amount", names_of::<AmountColumn>()),
        ("due", names_of::<DueKeys>()),
        ("file", names_of::<FileShapeKeys>()),
        ("fixed_field", names_of::<FixedField>()),
        ("totals", names_of::<TotalsFormat>()),
        ("totals_count", names_of::<TotalsCell>()),
        ("totals_sum", names_of::<TotalsSum>()),
        ("bills", names_of::<BillFormat>()),
        ("roster", names_of::<RosterFormat>()),
        ("day_file", names_of::<DayFile>()),
        ("day_column", names_of::<DayColumn>()),
        ("day_totals", names_of::<DayTotals>()),
        ("withholding", names_of::<Withholding>()),
        ("result_file", names_of::<ResultFile>()),
        ("result_column", names_of::<ResultColumn>()),
    ]
    .into();
    assert_eq!(keys(&schema), names_of::<PartnerFile>(), "the whole file");
    for (name, keys_accepted) in &accepted {
        assert_eq!(&keys(&schema["$defs"][name]), keys_accepted, "{name}");
    }
    let defined = schema["$defs"].as_object().expect("definitions");
    let objects: BTreeSet<&str> = defined
        .iter()
        .filter(|(_, d)| d["type"] == "object")
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(objects, accepted.keys().copied().collect(), "every object is compared");
}

#[test]
fn the_schema_names_the_words_of_every_enumeration() {
    let schema = schema();
    let of = |object: &str, key: &str| &schema["$defs"][object]["properties"][key];
    for (value, accepted) in [
        (of("partner", "kind"), names_of::<Kind>()),
        (of("partner", "scene"), names_of::<Scene>()),
        (of("customer", "characters"), names_of::<Characters>()),
        (of("outbound", "encoding"), names_of::<Encoding>()),
        (of("outbound", "declared"), names_of::<Charset>()),
        (of("transport", "type"), names_of::<TransportType>()),
        (of("files", "format"), names_of::<FileFormat>()),
        (of("frame", "length"), names_of::<LengthForm>()),
        (of("request", "body"), names_of::<BodyKind>()),
        (of("answer", "body"), names_of::<BodyKind>()),
        (of("schedule", "reversal"), names_of::<Reversal>()),
        (of("schedule", "not_found"), names_of::<NotFound>()),
        (of("signing", "algorithm"), names_of::<Algorithm>()),
        (of("signing", "digits"), names_of::<HexCase>()),
        (of("message", "method"), names_of::<Method>()),
        (of("message", "reference"), names_of::<Under>()),
        (of("field", "source"), names_of::<FieldSource>()),
        (of("field", "unit"), names_of::<Unit>()),
        (of("field", "align"), names_of::<Align>()),
        (of("cell", "align"), names_of::<Align>()),
        (&schema["$defs"]["codes"]["additionalProperties"], names_of::<Outcome>()),
        (of("message_answer", "otherwise"), names_of::<Outcome>()),
        (of("amount_at", "unit"), names_of::<Unit>()),
        (of("file_at", "form"), names_of::<ContentForm>()),
        (of("statement", "empty_day"), names_of::<EmptyDay>()),
        (of("statement", "withheld"), names_of::<Withheld>()),
        (of("fetch", "by"), names_of::<By>()),
        (of("fetch", "on"), names_of::<On>()),
        (of("fetch", "late_on"), names_of::<On>()),
        (of("statement", "totals_cover"), names_of::<TotalsCover>()),
        (of("coded_status", "fixed"), names_of::<LineStatus>()),
        (of("reconciliation", "only_ours"), names_of::<OnlyOurs>()),
        (of("reconciliation", "only_theirs"), names_of::<OnlyTheirs>()),
        (of("reconciliation", "different_amount"), names_of::<DifferentAmount>()),
        (of("reconciliation", "different_status"), names_of::<DifferentStatus>()),
        (&of("access", "scopes")["items"], names_of::<Scope>()),
        (&of("webhook", "events")["items"], names_of::<WebhookEvent>()),
        (of("clearing", "settlement_day"), names_of::<SettlementDay>()),
        (of("fee", "rounding"), names_of::<Rounding>()),
        (of("payout", "settle"), names_of::<Settle>()),
        (of("late_fee", "counts_from"), names_of::<CountsFrom>()),
        (of("payment", "partial"), names_of::<Partial>()),
        (of("amount", "unit"), names_of::<Unit>()),
        (of("amount", "extra_decimals"), names_of::<ExtraDecimals>()),
        (&of("import_id", "fields")["items"], names_of::<KeyField>()),
        (of("coded_action", "fixed"), names_of::<Action>()),
        (of("coded_relation", "fixed"), names_of::<Relation>()),
        (of("coded_basis", "fixed"), names_of::<LawfulBasis>()),
        (of("file", "type"), names_of::<FileType>()),
        (of("file", "encoding"), names_of::<Encoding>()),
        (of("day_column", "source"), names_of::<Source>()),
        (of("withholding", "run"), names_of::<Run>()),
        (of("result_column", "source"), names_of::<ResultSource>()),
    ] {
        assert_eq!(words(value), accepted);
    }
}
