"""One question and its answer, without any I/O. It imports only the standard library."""
