//! Selection, resolution, subsumption, simplification: a clause set to its saturated form.
