//! An instruction as a row of its table.

use super::{Instruction, InstructionState, Step};
use crate::facts::Fact;
use crate::money::Fen;
use crate::row::{
    Cell, Cells, Corrupt, Kind, Row, Table, changing, fixed, json, maybe_int, maybe_text,
};
use crate::time::{Instant, date_from_number, date_to_number};
use uuid::Uuid;

impl Row for Instruction {
    const TABLE: Table = Table {
        name: "instructions",
        key: &["id"],
        columns: &[
            fixed("id", Kind::Id),
            fixed("order_id", Kind::Id),
            fixed("partner", Kind::Text),
            fixed("reference_key", Kind::Text),
            fixed("reversal_reference", Kind::Text),
            fixed("customer_key", Kind::Text),
            fixed("amount_fen", Kind::Int),
            fixed("lines", Kind::Text),
            fixed("carried", Kind::Text),
            fixed("hold", Kind::Id),
            changing("state", Kind::Int),
            changing("step", Kind::Int),
            changing("tries", Kind::Int),
            changing("first_try", Kind::Int),
            changing("due_at", Kind::Int),
            changing("file", Kind::Id),
            changing("reversal_file", Kind::Id),
            changing("reversals", Kind::Int),
            changing("reversible", Kind::Int),
            changing("their_reference", Kind::Text),
            changing("reason", Kind::Text),
            changing("contested", Kind::Int),
            fixed("at", Kind::Int),
            fixed("clearing_date", Kind::Int),
            changing("counted_on", Kind::Int),
            changing("posted_seq", Kind::Int),
            fixed("seq", Kind::Int),
        ],
    };

    fn cells(&self) -> Vec<Cell> {
        vec![
            Cell::Id(self.id.0),
            Cell::Id(self.order.0),
            Cell::Text(self.partner.clone()),
            Cell::Text(self.reference_key.clone()),
            Cell::Text(self.reversal_reference.clone()),
            Cell::Text(self.customer_key.clone()),
            Cell::Int(self.amount.0),
            json(&self.lines),
            json(&self.carried),
            Cell::Id(self.hold.0),
            Cell::Int(self.state.code()),
            Cell::Int(self.step.code()),
            Cell::Int(self.tries),
            Cell::Int(self.first_try),
            maybe_int(self.due_at.map(|at| at.0)),
            self.file.map_or(Cell::Null, |file| Cell::Id(file.0)),
            self.reversal_file.map_or(Cell::Null, |file| Cell::Id(file.0)),
            Cell::Int(self.reversals),
            Cell::Int(i64::from(self.reversible)),
            maybe_text(self.their_reference.as_deref()),
            maybe_text(self.reason.as_deref()),
            Cell::Int(i64::from(self.contested)),
            Cell::Int(self.at.0),
            Cell::Int(date_to_number(self.clearing_date)),
            maybe_int(self.counted_on.map(date_to_number)),
            maybe_int(self.posted_seq),
            Cell::Int(self.seq),
        ]
    }

    fn from_cells(cells: &mut Cells) -> Result<Instruction, Corrupt> {
        Ok(Instruction {
            id: cells.id()?,
            order: cells.id()?,
            partner: cells.text()?,
            reference_key: cells.text()?,
            reversal_reference: cells.text()?,
            customer_key: cells.text()?,
            amount: Fen(cells.int()?),
            lines: cells.json()?,
            carried: cells.json()?,
            hold: cells.id()?,
            state: cells.int_as(InstructionState::from_code)?,
            step: cells.int_as(Step::from_code)?,
            tries: cells.int()?,
            first_try: cells.int()?,
            due_at: cells.maybe_int()?.map(Instant),
            file: cells.maybe_id()?,
            reversal_file: cells.maybe_id()?,
            reversals: cells.int()?,
            reversible: cells.int()? != 0,
            their_reference: cells.maybe_text()?,
            reason: cells.maybe_text()?,
            contested: cells.int()? != 0,
            at: Instant(cells.int()?),
            clearing_date: cells.int_as(date_from_number)?,
            counted_on: cells.maybe_date()?,
            posted_seq: cells.maybe_int()?,
            seq: cells.int()?,
        })
    }
}

impl Fact for Instruction {
    const LOOKUPS: &'static [&'static str] = &["reference_key", "customer_key", "order_id"];

    fn key(&self) -> Uuid {
        self.id.0
    }

    fn lookup(&self, column: &str) -> Option<Cell> {
        match column {
            "reference_key" => Some(Cell::Text(self.reference_key.clone())),
            "customer_key" => Some(Cell::Text(self.customer_key.clone())),
            "order_id" => Some(Cell::Id(self.order.0)),
            _ => None,
        }
    }
}
