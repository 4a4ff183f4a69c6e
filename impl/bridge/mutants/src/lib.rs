//! Endpoints with one mistake each, and the gate that must notice.
