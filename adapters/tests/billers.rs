//! The billers that are shipped: exactly the bytes of their samples are said, and their answers mean what
//! their interface says. The samples were made without this code, from the interfaces alone.

mod billers {
    mod anything;
    mod college;
    mod day_files;
    mod gas;
    mod mistakes;
    mod office;
    mod power;
    mod water;
}
