"""Understands JavaScript as far as the scripts of a site need it."""
