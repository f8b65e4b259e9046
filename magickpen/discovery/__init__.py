"""From the site's address to the constants that sign a request, as flows without any I/O."""
