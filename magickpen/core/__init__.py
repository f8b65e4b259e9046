"""The protocol of MagickPen, without any I/O: it imports the standard library alone."""
