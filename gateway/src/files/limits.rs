//! How much of a file we are willing to read. A partner's largest honest file is far below each of these;
//! a file above one is a mistake or an attack.

/// Limits of one file.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file: a million bills are about 150 MB of text.
    pub file_bytes_max: u64,
    /// Bytes of one physical line: a bill needs a few hundred.
    pub line_bytes_max: usize,
    /// Physical lines of one record whose quoted cell contains line ends.
    pub record_lines_max: usize,
    /// Lines of data.
    pub rows_max: u32,
    /// Cells of a line.
    pub columns_max: usize,
    /// Bytes of a workbook, which is read into memory as a whole.
    pub workbook_bytes_max: u64,
    /// Bytes of all parts of a workbook together once they are unpacked.
    pub workbook_unpacked_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes_max: 512 * 1024 * 1024,
            line_bytes_max: 64 * 1024,
            record_lines_max: 16,
            rows_max: 2_000_000,
            columns_max: 256,
            workbook_bytes_max: 32 * 1024 * 1024,
            workbook_unpacked_bytes_max: 512 * 1024 * 1024,
        }
    }
}
