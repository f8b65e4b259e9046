"""One question and its answer, without any I/O: it imports the standard library alone."""
